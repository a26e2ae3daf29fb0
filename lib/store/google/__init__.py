"""A Google spreadsheet as the store: the protocol (pure) and its transport through gspread."""

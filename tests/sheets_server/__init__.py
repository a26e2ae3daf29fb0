"""An emulator of the Google Sheets v4 and Drive v3 calls that gspread makes, for loopback only.

In one process:

    with SheetsServer() as server:  # server.py
        book_id = server.create_spreadsheet("Team", {"Clients": [["_id", "Name"], ["a1", "Heng"]]})
        sheet = connect(server.url).open_by_key(book_id).sheet1  # connect.py: genuine gspread
        server.faults.script("timeout_after", method="sheets.spreadsheets.batchUpdate")
        server.human(book_id, seed=1).step("sort")

In another process: `python -m tests.sheets_server --port N` prints its address; `connect.Remote(address)`
has the same controls over HTTP (`/_emulator/...`).

The way of a request: handler (wire) -> front (route, sign-in, quota, fault, schema, sharing) -> service
(spreadsheets) or drive (files) -> partial response -> checked against the discovery document.
Quotas are off unless a Quota is given. A bearer token from elsewhere counts as the default account (OAuth).
"""

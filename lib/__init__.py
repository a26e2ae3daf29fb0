"""Huifang: a service standard computed from the spreadsheet a team already keeps."""

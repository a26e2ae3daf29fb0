"""Small models of the two spreadsheets, on which the protocols are tried a million times.

The Google model runs the protocol's own code (``lib.store.google.protocol``) against a spreadsheet in
memory; the workbook model is an abstract one of stamp, journal and replay. Both are judged by what really
happened to each cell, and both have naive variants that must fail.
"""

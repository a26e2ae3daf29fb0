"""Workbooks as other programs and other hands make them."""

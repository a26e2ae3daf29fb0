"""Files that are damaged, or made to do harm, in the place of a workbook."""

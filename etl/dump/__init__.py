"""Reading a dump: bytes, records, columns, and the file of rejected rows."""

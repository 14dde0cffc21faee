"""The organisation's staff and departments: raw export in, cleansed entries and problems out."""

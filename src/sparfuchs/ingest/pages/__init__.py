"""What a web page says of its product in schema.org's words, as JSON-LD or microdata.

nodes                both ways of writing as the same values
json_ld, microdata   from a page to nodes
choose               which of the products on a page is the page's own (R-J-2)
offers               what is asked for it, one row a sellable variant
"""

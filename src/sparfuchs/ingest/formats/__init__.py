"""One module a format: raw records in, stated texts under common names out (`ingest.stated`)."""

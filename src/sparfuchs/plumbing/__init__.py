"""All that touches the outside: settings, database, event log, files, jobs, logs, metrics.

Domains use these parts and never the libraries below them. `db` is the only place that commits,
`postgres` the only one that starts a server, `files` the only one that writes durable files.
Nothing here knows an offer: what a row means is for the domains to say.
"""

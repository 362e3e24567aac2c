"""Where domains meet: one file a story; `subscriptions` says which event starts what."""

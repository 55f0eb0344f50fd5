"""The status page: what the public may know, in public names and published words alone.

Nothing here reads an incident's title, notes or ref: see Note [What the public sees] in
`incidents/status_page/gathering.py`.
"""

"""A site on which a student opens a notebook with nothing installed: JupyterLite, with Python in the browser."""

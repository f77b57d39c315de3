"""The front end of the page: plain JavaScript, CSS and HTML that page.py puts into one file."""

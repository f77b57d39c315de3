"""The front end of the widget: one module that anywidget loads in every notebook."""

"""Programs for developers: the reference pages and the catalogues of texts."""

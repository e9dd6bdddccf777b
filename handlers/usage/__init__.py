"""Hours and money as text, pictures and files; the Home tab."""

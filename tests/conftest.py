import os

# Before SciPy is imported: scikit-learn's check of array API input needs it.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

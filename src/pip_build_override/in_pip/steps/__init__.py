"""The steps that replace the patched functions of pip."""

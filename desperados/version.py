"""The version of this package, in one place that the build can read without importing it."""

VERSION = "0.1.0"

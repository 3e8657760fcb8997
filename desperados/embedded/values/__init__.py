"""BSON values: their types, order, numbers, encoding and limits. Stands on nothing but `errors`."""

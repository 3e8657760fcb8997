"""The stages of a pipeline, each turning a stream of documents into another."""

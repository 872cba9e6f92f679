"""Mail that is meant to harm, or might as well be."""

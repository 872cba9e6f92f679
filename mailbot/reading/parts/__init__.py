"""The MIME tree (RFC 2045 to 2049): which part a person reads, which are files, what is sealed or packed."""

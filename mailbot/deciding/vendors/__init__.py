"""Cases that are filed with a vendor, a carrier for instance: what a mail to it says, and what it never says."""

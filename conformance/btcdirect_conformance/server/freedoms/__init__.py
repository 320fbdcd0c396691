"""The freedoms that correct servers take: rules, changes and framings that the documents allow."""

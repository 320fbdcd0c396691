"""The texts of every code that the vendor documents, to the letter: this endpoint's, and ER920."""

TEXTS = {
    "ER033": ("Missing order id parameter.", "Supply an order id parameter."),
    "ER034": ("Invalid order id parameter.", "Order id parameter can only be a number."),
    "ER035": ("An order with the supplied id was not found.", "Supply a valid order id."),
    "ER150": (
        "Provided orderId does not belong to authenticated user.",
        "Provide an orderId that belongs to the user.",
    ),
    "ER700": ("User authorization token not found.", "Provide a user authorization token."),
    "ER702": ("User authorization token is invalid.", "Provide a valid user authorization token."),
    "ER800": ("Authorization token is invalid.", "Provide a valid authorization token."),
    "ER801": ("Authorization token has expired.", "Request a new authorization token."),
    "ER802": ("Authorization token not found.", "Provide an authorization token."),
    "ER803": ("Multiple authorization methods used.", "Use exactly one authorization method."),
    "ER805": ("API key is invalid.", "Provide a valid API key."),
    "ER806": ("API key not found.", "Provide an API key."),
    "ER999": ("A general error has occurred. Please contact our support team.", "Contact our support team."),
    "ER920": ("Too many requests.", "Wait before retrying."),
}
"""Message and solution by code. The package reads no data file, so that a vendored copy works from any import path."""

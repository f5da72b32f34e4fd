"""Words that people, streets and texts of the company are made of. All made up; a few letters that plain ASCII lacks are meant."""

FIRST_NAMES = (
    "Alma", "Amir", "Anita", "Arlo", "Basil", "Beatriz", "Bram", "Carla", "Cedric", "Chloe", "Clara", "Cyrus", "Dalia", "Darius",
    "Delia", "Dorian", "Edda", "Elif", "Elio", "Emeka", "Enid", "Esther", "Fabian", "Farah", "Felix", "Fiona", "Gideon", "Greta",
    "Hanna", "Hector", "Hugo", "Ida", "Imran", "Ines", "Iris", "Ivo", "Jasper", "Joelle", "José", "Juno", "Kira", "Lars", "Leila",
    "Linus", "Lotte", "Luca", "Mabel", "Malik", "Marta", "Milo", "Nadia", "Naomi", "Nils", "Odette", "Omar", "Otis", "Paloma", "Petra",
    "Quentin", "Ramona", "René", "Rosa", "Ruben", "Saskia", "Silas", "Sunita", "Tamar", "Theo", "Tilda", "Uma", "Vera", "Viktor",
    "Wanda", "Xavier", "Yara", "Yusuf", "Zelda", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Acosta", "Alder", "Ames", "Arden", "Ashby", "Barlow", "Beck", "Bellamy", "Birch", "Blackwood", "Brandt", "Briggs",
    "Calder", "Castro", "Chandra", "Cole", "Corbin", "Dalton", "Dietz", "Doyle", "Drummond", "Eaton", "Elder", "Estrada", "Falk",
    "Farrow", "Fenn", "Fitch", "Foss", "Frey", "Gale", "Garland", "Gould", "Grady", "Haines", "Hale", "Hart", "Heath", "Hobbs", "Holt",
    "Ibarra", "Ingram", "Jansen", "Joyner", "Keane", "Kemp", "Kerr", "Lange", "Larkin", "Lindqvist", "Locke", "Lowe", "Madden", "Marsh",
    "Mercer", "Meyer", "Moss", "Muñoz", "Nash", "Núñez", "Oakes", "O'Dell", "Ortega", "Pace", "Pagel", "Penn", "Pike", "Prasad",
    "Quill", "Rainey", "Reyes", "Rourke", "Rowe", "Sandoval", "Schäfer", "Sloan", "Sorensen", "Stroud", "Tate", "Thorne", "Tran",
    "Underhill", "Vance", "Varga", "Vogel", "Wade", "Weiss", "Whitlock", "Wynn", "Yates", "Yoder", "Zeller",
)  # fmt: skip
STREETS = (
    "Alder", "Birchwood", "Canal", "Cedar Hollow", "Clearwater", "Copper", "Creekside", "Dogwood", "Elm Grove", "Fairview", "Foundry",
    "Garden", "Harbor", "Hickory", "Juniper", "Kestrel", "Lakeview", "Linden", "Maple Run", "Meadow", "Millstone", "Old Mill",
    "Orchard", "Pine Ridge", "Prairie", "Quarry", "River Bend", "Sawmill", "Spruce", "Stonegate", "Sycamore", "Tanner", "Walnut",
    "Willow",
)  # fmt: skip
STREET_KINDS = ("St", "Ave", "Rd", "Ln", "Ct", "Blvd")
TOWNS = (
    ("Fernhollow", "00411"), ("Brookhaven Mills", "00412"), ("Ash Point", "00417"), ("Marlow", "00420"), ("Kettle Falls Junction", "00431"),
    ("East Linden", "00433"), ("Quarry Heights", "00440"), ("Saddler's Ford", "00452"),
)  # fmt: skip
"""With postal codes that begin with zeros and that no place uses."""
STATE = "ZZ"
BUSINESSES = ("Dental Office", "Bakery", "Day Care", "Print Shop", "Auto Repair", "Yoga Studio", "Book Store", "Property Group")
MAIL_HOSTS = ("example.com", "example.net", "example.org")

OFFICE_TITLES = ("CSR", "CSR", "CSR", "Dispatch", "GeneralOffice", "Accounting", "SalesManager")

UNBOOKED_REASONS = ("Price too high", "Wants to think about it", "No opening soon enough", "Calling around")
EXCUSED_REASONS = ("Outside of our area", "Service not offered", "Landlord must call")
OTHER_REASONS = ("Existing appointment", "Billing question", "Vendor")
OUTBOUND_REASONS = ("Appointment confirmation", "Estimate follow-up")
SPAM_REASONS = ("Spam or robocall", "Telemarketer")
TEST_REASON, INTERNAL_REASON, BOOKED_REASON = "Test call", "Internal call", "New job"
CANCEL_REASONS = ("Customer changed plans", "Fixed itself", "Chose another company", "Could not reach customer", "Double booked")
MEMBERSHIP_ENDED = "Membership ended"

PROBLEMS = (
    "No cold air upstairs", "Makes a rattling noise, worse at night", "Water around the base", "Breaker trips every evening",
    "Drain is slow; tried a plunger", "Wants a second opinion", 'Thermostat shows "E4"', "Smells of burning dust", "Short cycles",
    "Low pressure in the shower", "Lights flicker in the kitchen", "Asks for a price on a replacement",
)  # fmt: skip
NOTES = (
    "Gate code on file.\nDog in the yard.", "Please call 30 minutes ahead", "Prefers mornings, not Fridays",
    "Ladder needed; attic access in garage",
    "Tenant lets us in.\n\nOwner pays.", "",  "", "Parking behind the house",
)  # fmt: skip
SPAM_MESSAGES = ("We can put your site on page one", "Cheap leads, reply now", "Your listing has expired, act today")
REVIEW_TEXTS = (
    (5, "On time, kind and clean. Would call again!"),
    (5, "Explained everything — and the price was what they had said."),
    (5, "Great work.\nThe whole crew wore shoe covers, which my wife noticed first."),
    (4, "Good repair, though the window was four hours long"),
    (4, 'Fixed the "mystery" leak; a bit pricey'),
    (3, "Came twice for the same thing, second time it held."),
    (2, "Nobody called me back for two days"),
    (1, "Missed the appointment."),
)
PLATFORMS = ("Map listing", "Company site", "Neighborhood board")
PAYMENT_TYPES = ("Credit Card", "Credit Card", "Credit Card", "Check", "ACH", "Cash", "Financing")
SERVICE_WORDS = ("Diagnose", "Repair", "Replace", "Install", "Clean", "Inspect", "Tune up", "Flush")
SERVICE_OBJECTS = ("air conditioner", "furnace", "heat pump", "water heater", "main drain", "thermostat", "panel", "sump pump")
MATERIALS = (
    "Capacitor", "Contactor", "Blower motor", "Filter 16×25", "Filter 20×20", "Flame sensor", "Igniter", "Condensate pump",
    "Copper pipe ½\"",
    "PEX ¾\"", "Ball valve", "Wax ring", "Supply line", "Anode rod", "Thermocouple", "Breaker 20 A", "Breaker 50 A", "GFCI outlet",
    "Dimmer",
    "Wire 12/2", "Refrigerant, lb", "Duct tape, foil", "Thermostat, smart", "Smoke alarm",
)  # fmt: skip

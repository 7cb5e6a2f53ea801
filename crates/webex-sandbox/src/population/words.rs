//! The vocabulary of a generated world: plain ASCII, so that nothing has to be escaped.

pub(super) const FIRST_NAMES: &[&str] = &[
    "Maria", "Jonas", "Aisha", "Pedro", "Yuki", "Elena", "Tom", "Priya", "Lukas", "Sofia", "Omar",
    "Hannah", "Diego", "Mei", "Karl", "Amara", "Viktor", "Laura", "Rafael", "Ingrid", "Samir",
    "Chloe", "Mateo", "Nadia", "Felix", "Zara", "Hugo", "Leila", "Anton", "Julia", "Kofi", "Marta",
    "Ravi", "Clara", "Emil", "Fatima", "Oscar", "Tara", "Bruno", "Lina", "Ahmed", "Paula", "Ivan",
    "Grete", "Daniel", "Noor", "Simon", "Alma",
];

pub(super) const LAST_NAMES: &[&str] = &[
    "Novak", "Silva", "Tanaka", "Meyer", "Khan", "Rossi", "Larsen", "Okoro", "Garcia", "Petrov",
    "Dubois", "Schmidt", "Kowalski", "Haddad", "Lopez", "Andersen", "Mensah", "Ito", "Fischer",
    "Moreau", "Santos", "Varga", "Nilsson", "Patel", "Romano", "Keller", "Costa", "Bakker",
    "Jensen", "Farouk", "Horvat", "Weiss", "Marino", "Chen", "Lindgren", "Ortiz", "Baumann",
    "Diallo", "Popescu", "Virtanen", "Walsh", "Sato", "Ferrari", "Molina", "Hansen", "Abebe",
    "Krause", "Duarte", "Sokolov", "Vega", "Brandt", "Nakamura", "Reyes", "Lang", "Osman",
];

pub(super) const JOBS: &[&str] = &[
    "Software Engineer",
    "Product Manager",
    "Account Manager",
    "Data Analyst",
    "Support Engineer",
    "Designer",
    "Accountant",
    "Recruiter",
    "Site Manager",
    "Project Manager",
    "Sales Engineer",
    "Quality Engineer",
    "Technical Writer",
    "Buyer",
    "Field Technician",
    "Office Manager",
];

pub(super) const TOWNS: &[&str] = &[
    "Hamburg", "Lisbon", "Krakow", "Austin", "Osaka", "Nairobi", "Lyon", "Toronto", "Porto",
    "Graz", "Bergen", "Pune", "Leeds", "Turin", "Malmo", "Quito",
];

pub(super) const DEPARTMENTS: &[&str] = &[
    "Finance",
    "Customer Care",
    "Logistics",
    "Human Resources",
    "Field Service",
    "Procurement",
    "Marketing",
    "Legal",
    "Quality",
    "Facilities",
    "Sales",
    "Engineering",
];

pub(super) const PROJECTS: &[&str] = &[
    "Heron", "Atlas", "Juniper", "Comet", "Basalt", "Lantern", "Otter", "Delta", "Maple", "Falcon",
    "Quartz", "Harbor", "Willow", "Sextant", "Ember", "Glacier",
];

pub(super) const TOPICS: &[&str] = &[
    "Onboarding",
    "Release Crew",
    "Night Shift",
    "Invoices",
    "Warehouse",
    "Support Desk",
    "Network",
    "Audits",
    "Travel",
    "Training",
    "Spare Parts",
    "Payments",
];

pub(super) const OPENINGS: &[&str] = &[
    "Just so everybody knows:",
    "Quick update:",
    "For tomorrow:",
    "After the call with the customer:",
    "As we agreed on Monday,",
    "From the site:",
    "Before I forget:",
    "Good news:",
    "One more thing:",
    "For the record:",
    "I checked again:",
    "Heads up:",
];

pub(super) const OBJECTS: &[&str] = &[
    "the delivery to the second warehouse",
    "the contract with the new supplier",
    "the migration of the billing database",
    "the training for the night shift",
    "the report on last quarter",
    "the spare part for line four",
    "the invoice from March",
    "the test of the new scanner",
    "the price list for partners",
    "the release of the mobile app",
    "the audit of the access rights",
    "the move to the third floor",
    "the answer to the open tickets",
    "the plan for the holidays",
    "the upgrade of the network",
    "the offer for the city council",
];

pub(super) const VERBS: &[&str] = &[
    "is ready for review",
    "has moved to Thursday",
    "needs one more signature",
    "is blocked by a missing approval",
    "went through without problems",
    "has to wait for the new numbers",
    "was confirmed this morning",
    "is half done",
    "is more expensive than planned",
    "still misses a date",
    "can start as planned",
    "failed once and works now",
];

pub(super) const ENDINGS: &[&str] = &[
    "so please look at it today.",
    "and I will follow up tomorrow.",
    "so nobody has to wait.",
    "and the details are in the shared folder.",
    "but it changes nothing for us.",
    "so we should talk at the stand-up.",
    "and the customer knows.",
    "so tell me if that is wrong.",
    "and I added the numbers to the sheet.",
    "but we need a decision by Friday.",
    "and thanks to everybody who helped.",
    "so I keep the room booked.",
];

pub(super) const ANSWERS: &[&str] = &[
    "Thanks.",
    "Agreed.",
    "Done.",
    "I see it the same way.",
    "Not quite.",
    "Will do.",
    "Good catch.",
    "Yes, today.",
    "I asked around.",
    "Sounds right.",
];

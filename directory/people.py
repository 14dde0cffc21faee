# ruff: noqa: SIM905, RUF001 - names read best as text, with the letters they have
# ruff: noqa: E501 - a pattern is read whole
"""Names, departments and hand-typed rows of the sample export. All invented."""

from __future__ import annotations

_P, _I = "Public", "Internal"
DEPARTMENTS: list[tuple[str, str]] = [
    ("Customer Services", _P), ("Council Tax", _P), ("Housing Benefits", _P), ("Business Rates", _P),
    ("Waste and Recycling", _P), ("Street Cleansing", _P), ("Parking Services", _P), ("Blue Badges", _P),
    ("Concessionary Travel", _P), ("Electoral Services", _P), ("Planning", _P), ("Planning Enforcement", _P),
    ("Building Control", _P), ("Environmental Health", _P), ("Food Safety", _P), ("Noise Team", _P),
    ("Pest Control", _P), ("Animal Welfare", _P), ("Housing Options", _P), ("Homelessness Prevention", _P),
    ("Housing Repairs", _P), ("Housing Lettings", _P), ("Tenancy Services", _P), ("Leasehold Services", _P),
    ("School Admissions", _P), ("School Transport", _P), ("Schools and Education", _P),
    ("Special Educational Needs", _P), ("Early Years", _P), ("Libraries", _P), ("Street Lighting", _P),
    ("Highways", _P), ("Abandoned Vehicles", _P), ("Adult Social Care", _P), ("Children's Services", _P),
    ("Safeguarding", _P), ("Adoption and Fostering", _P), ("Youth Services", _P), ("Allotments", _P),
    ("Parks and Open Spaces", _P), ("Leisure Centres", _P), ("Registrars", _P), ("Bereavement Services", _P),
    ("Human Resources", _P), ("Complaints", _P), ("Democratic Services", _P), ("Licensing", _P),
    ("Trading Standards", _P), ("Community Safety", _P), ("CCTV Control Room", _I), ("ICT Service Desk", _I),
    ("Payroll", _I), ("Facilities Management", _I), ("Print Room", _I), ("Internal Audit", _I), ("Finance", _P),
    ("Procurement", _P), ("Legal Services", _P), ("Land Charges", _P), ("Press Office", _P),
    ("Chief Executive's Office", _P), ("Economic Development", _P), ("Museums and Archives", _P),
    ("Public Health", _P), ("Emergency Planning", _P), ("Flood Risk and Drainage", _P), ("Tree Services", _P),
    ("Markets", _P), ("Welfare Rights", _P), ("Debt Advice", _P), ("Fleet and Depot", _I),
    ("Information Governance", _P), ("Insurance", _P), ("Public Rights of Way", _P),
]  # fmt: skip

SPELLINGS: dict[str, tuple[str, ...]] = {
    "Housing Benefits": ("Housing Benefit", "HOUSING BENEFITS", "Hsg Benefits", "Benefits (Housing)", "Housing Benefits Dept.", "Housing Benfits", "housing benefits team"),
    "Environmental Health": ("Env Health", "Env. Hlth", "Enviromental Health", "ENVIRONMENTAL HEALTH", "Environmental Health Dept", "Environmental  Health"),
    "Council Tax": ("C Tax", "CTax", "COUNCIL TAX", "Council tax section", "Councl Tax", "Council-Tax"),
    "Waste and Recycling": ("Waste & Recycling", "Waste/Recycling", "Recycling and Waste", "WASTE AND RECYCLING", "Waste and Recyling", "Refuse"),
    "Human Resources": ("HR", "Human Resource", "H.R.", "HUMAN RESOURCES", "Human Resources Dept"),
    "Adult Social Care": ("ASC", "Adult Soc Care", "Adult Social Care Team", "Adults Social Care"),
    "Children's Services": ("Childrens Services", "CHILDREN'S SERVICES", "Children\N{RIGHT SINGLE QUOTATION MARK}s Services", "Children's Svcs"),
    "Electoral Services": ("Elections", "Electoral Svcs", "ELECTORAL SERVICES"),
    "Parking Services": ("Parking", "Parking Svcs", "PARKING SERVICES"),
    "Libraries": ("Library", "LIBRARIES", "Libraries Team"),
    "Registrars": ("Registrar", "REGISTRARS", "The Registrars"),
    "Planning": ("Planning Dept", "PLANNING", "Planning Department"),
    "ICT Service Desk": ("ICT Servicedesk", "IT Service Desk", "ICT SERVICE DESK"),
}  # fmt: skip

ROLES: list[str] = [
    "Officer", "Senior Officer", "Customer Adviser", "Team Leader", "Administrator", "Business Support Officer",
    "Project Manager", "Apprentice", "Technical Officer", "Assistant", "Case Worker", "Inspector", "Area Manager",
    "Support Worker", "Service Manager", "Principal Officer", "Analyst", "Surveyor", "Enforcement Officer",
]  # fmt: skip

FORENAMES: dict[str, list[str]] = {
    "british": "James Oliver Thomas George Harry Jack Charlotte Emily Sophie Amelia Grace Lucy Hannah Rebecca Laura Rachel Sarah Claire Nicola Joanne Michelle Andrew Paul Mark David Simon Ian Keith Graham Kevin Peter Richard Robert Christopher Matthew Daniel Adam Benjamin Samuel Edward Alexander Victoria Elizabeth Margaret Susan Linda Karen Deborah Jacqueline Gillian Patricia Geoffrey Malcolm Trevor Derek".split(),
    "welsh": "Siân Rhys Dafydd Gareth Angharad Ffion Bronwen Ieuan Llinos Carys Huw Eleri Gwilym Nerys Emyr Catrin".split(),
    "irish": "Siobhán Aoife Niamh Ciarán Pádraig Róisín Eoin Caoimhe Declan Gráinne Fionnuala Cormac Sinéad Diarmuid".split(),
    "scottish": "Eilidh Hamish Fergus Morag Isla Callum Ailsa Gregor Mairi Angus Kirsty Ewan".split(),
    "polish": "Agnieszka Krzysztof Małgorzata Tomasz Katarzyna Paweł Magdalena Łukasz Zofia Grzegorz Ewa Wojciech".split(),
    "asian": "Priya Rajesh Anjali Sanjay Deepa Vikram Harpreet Gurdeep Fatima Mohammed Ayesha Imran Nasreen Tariq Shabana Farhan Rukhsana Kavita Arjun Simran Jaswinder Nusrat Abdul".split(),
    "african": "Adebayo Chidinma Folasade Kwame Abena Oluwaseun Ngozi Emeka Kofi Yetunde Babatunde Ifeoma Amara Kwabena Temitope Efua".split(),
    "chinese": "Wei Mei Xiuying Jun Ming Lihua Siu-Ling Ka-Wai Yan Hui Zhihao Qing".split(),
    "arabic": "Khalid Layla Omar Yasmin Hassan Noura Samir Amina Tarek Rania Mustafa Hanan".split(),
    "turkish": "Mehmet Ayşe Emine Hüseyin Zeynep Burak Gülşen Cem Özlem Elif".split(),
    "caribbean": "Delroy Marcia Winston Beverley Errol Yvonne Clive Sharon Leroy Claudette Denzel Shanice".split(),
    "greek": "Andreas Eleni Giorgos Katerina Yiannis Despina Costas Maria Stavros Androulla".split(),
    "portuguese": "João Inês Tiago Beatriz Rui Conceição Nuno Fernanda Luís Mafalda".split(),
    "european": "Lars Ingrid Matthias Anneliese Pieter Marijke Zoltán Dorottya Nikolai Svetlana Ana Ionuț".split(),
}  # fmt: skip

GROUPS: dict[str, tuple[int, str, list[str]]] = {
    "british": (40, "british", "Smith Jones Taylor Brown Wilson Johnson Walker Wright Robinson Thompson White Green Hall Wood Harris Martin Clarke Jackson Turner Hill Cooper Ward Moore Baker Harrison Morris Allen Bennett Shaw Chapman Marshall Webb Barker Holmes Fletcher Gibson Lowe Pearson Featherstonehaugh Cholmondeley Beauchamp Ramsbottom Higginbotham Postlethwaite Wigglesworth Hathersage Smith-Jones Pryce-Hughes Fox-Davies Ashworth Openshaw".split()),
    "welsh": (7, "welsh", "Evans Davies Griffiths Llewellyn Pritchard Gwynne Bevan Powell Rhydderch Prosser ap_Gruffydd".replace("_", "~").split()),
    "irish": (7, "irish", "O'Brien O'Connor Murphy Gallagher O'Sullivan McCarthy Doherty Ní~Bhriain O'Shaughnessy Kavanagh".split()),
    "scottish": (6, "scottish", "MacLeod McDonald Campbell MacKenzie Urquhart Dalziel Menzies Colquhoun Farquharson McIntyre".split()),
    "polish": (5, "polish", "Kowalski Wiśniewska Nowak Wójcik Zieliński Szymańska Dąbrowski Krzyżanowska".split()),
    "asian": (16, "asian", "Patel Khan Singh Kaur Hussain Ahmed Begum Chowdhury Sharma Mehta Rahman Gupta Malik Mahmood Desai Subramaniam Iqbal Akhtar".split()),
    "african": (8, "african", "Okafor Adeyemi Mensah Owusu Okonkwo Boateng Adebayo Nwosu Asante Olatunji Eze Oyelaran".split()),
    "chinese": (4, "chinese", "Chen Wong Li Zhang Ng Cheung Xu Huang Leung".split()),
    "arabic": (4, "arabic", "Al-Hassan Haddad Mansour El-Sayed Nasser Abdullah Khoury Said".split()),
    "turkish": (3, "turkish", "Yılmaz Öztürk Şahin Demir Çelik Kaya Aydın".split()),
    "caribbean": (5, "caribbean", "Campbell Francis Grant Blake Bailey Morgan St~John Braithwaite Samuels Lindo".split()),
    "greek": (3, "greek", "Papadopoulos Georgiou Christodoulou Ioannou Nicolaou Charalambous".split()),
    "portuguese": (3, "portuguese", "da~Silva Ferreira de~Souza Gonçalves Pereira dos~Santos Magalhães".split()),
    "european": (3, "european", "van~der~Berg Müller Jørgensen de~Vries Kovács Popescu Lefèvre von~Ahlefeldt Rodríguez".split()),
}  # fmt: skip
GROUPS = {k: (w, f, [n.replace("~", " ") for n in names]) for k, (w, f, names) in GROUPS.items()}


def _row(
    surname: str = "", forename: str = "", department: str = "", telephone: str = "", **more: str
) -> dict[str, str]:
    names = {
        "known": "Known As", "role": "Job Title", "ext": "Ext", "mobile": "Mobile", "email": "E-mail",
        "also": "Also known as", "directory": "Directory", "leaving": "Leaving Date",
    }  # fmt: skip
    row = {"Surname": surname, "Forename": forename, "Department": department, "Telephone": telephone}
    row.update({names[key]: value for key, value in more.items()})
    return row


HAND_ROWS: list[dict[str, str]] = [
    # who runs things: roles that one person has
    _row("Whitlock", "Eleanor", "Chief Executive's Office", "01632 960001", role="Chief Executive", directory="Public"),
    _row("Nwachukwu", "Obinna", "Finance", "01632 960002", role="Director of Finance", directory="Public"),
    _row("Bhattacharya", "Sunita", "Housing Options", "01632 960003", role="Head of Housing", directory="Public"),
    _row("Thistlewood", "Alastair", "Planning", "01632 960004", role="Head of Planning", directory="Public"),
    _row("Marlowe", "Gillian", "Registrars", "01632 960005", role="Superintendent Registrar", directory="Public"),
    _row("Oyelowo", "Dr. Tunde", "Public Health", "01632 960006", role="Director of Public Health", directory="Public"),
    _row("Cllr Margaret Holloway MBE", "", "Democratic Services", "01632 960007", role="Leader of the Council"),
    _row("Cllr. Iqbal Sandhu", "", "Democratic Services", "01632 960008", role="Mayor"),
    _row("Pemberton, Cllr Ruth", "", "Democratic Services", "01632 960009"),
    _row("Ashcroft", "Rev. Timothy", "Bereavement Services", "01632 960010", role="Chaplain"),
    _row("Sengupta PhD", "Ananya", "Special Educational Needs", "01632 960011", role="Principal Educational Psychologist"),
    _row("Mr Desmond Blackwood OBE", "", "Licensing", "01632 960012"),
    # the same name in several departments
    _row("Smith", "John", "Housing Repairs", "01632 960013", email="john.smith@wexbourne.example"),
    _row("Smith", "John", "Planning", "01632 960014", email="john.smith2@wexbourne.example"),
    _row("SMITH, John (Mat leave)", "", "Libraries", "01632 960015"),
    _row("Khan", "Mohammed", "Council Tax", "01632 960016", email="mohammed.khan@wexbourne.example"),
    _row("Khan", "Mohammed", "Highways", "01632 960017", email="mohammed.khan3@wexbourne.example"),
    _row("Patel", "Priya", "Legal Services", "01632 960018"),
    _row("Patel", "Priya", "School Admissions", "", ext="4801"),
    _row("Davies", "Gareth", "Parking", "01632 960019"),
    _row("Davies", "Gareth", "Trading Standards", "01632 960020"),
    # sound alike
    _row("Clarke", "Stephen", "Business Rates", "01632 960021"),
    _row("Clark", "Steven", "Building Control", "01632 960022"),
    _row("Thompson", "Catherine", "Adult Social Care", "01632 960023"),
    _row("Thomson", "Kathryn", "Licensing", "01632 960024"),
    _row("Reid", "Alan", "Street Lighting", "01632 960025"),
    _row("Reed", "Allan", "Highways", "01632 960026"),
    _row("Hughes", "Sara", "Payroll", "01632 960027", directory="Internal"),
    _row("Hewes", "Sarah", "Procurement", "01632 960028"),
    _row("Pearce", "Shaun", "Parks and Open Spaces", "01632 960029"),
    _row("Pierce", "Sean", "Leisure Centres", "01632 960030"),
    # combined, swapped, bracketed
    _row("", "Jane Smith - Housing Options", "", "01632 960031"),
    _row("Jane Smith", "Jane", "Electoral Services", "01632 960032"),
    _row("Susan", "Wilkinson", "Land Charges", "01632 960033", email="susan.wilkinson@wexbourne.example"),
    _row("Deborah", "Simpson", "Insurance", "01632 960034"),
    _row("O'NEILL, Siobhan (pron. shiv-awn)", "", "Youth Services", "01632 960035"),
    _row("Nguyen", "Thi Hoa (Helen)", "Libraries", "01632 960036"),
    _row("Featherstone", 'Robert "Bob"', "Fleet and Depot", "01632 960037", directory="Internal"),
    _row("Cartwright (née Bello)", "Folake", "Welfare Rights", "01632 960038"),
    _row("Baptiste", "Marlene (Team Leader)", "Debt Advice", "01632 960039"),
    _row("Achterberg", "Joost (p/t Mon-Wed)", "Economic Development", "01632 960040"),
    _row("Lim", "Sook Yee (she/her)", "Press Office", "01632 960041"),
    _row("Haque", "Rumana (on secondment)", "Procurement", "01632 960042"),
    _row("Tremaine / Julie Oduya", "Carol", "Homelessness Prevention", "01632 960043"),
    _row("Carol Tremaine & Julie Oduya", "", "Homelessness Prevention", "01632 960043"),
    _row("VAN DER BERG", "PIETER", "Flood Risk and Drainage", "01632 960044"),
    _row("MCDONALD-O'HARA", "FIONA", "Community Safety", "01632 960045"),
    _row("de souza", "maria", "Markets", "01632 960046"),
    _row("MacLeod", "J R", "Museums and Archives", "01632 960047"),
    _row("Smith J", "", "Insurance", "01632 960048"),
    _row("Montgomery-Fitzpatrick", "Araminta", "Museums and Archives", "01632 960049"),
    _row("Jones", "Katherine", "Adoption and Fostering", "01632 960050", known="Kate"),
    _row("Adeyemi", "Oluwaseun", "Early Years", "01632 960051", known="Seun", also="Sean Adeyemi"),
    _row("Wong", "Ka Yan", "Trading Standards", "01632 960052", known="Karen"),
    _row("MÃ¼ller", "JÃ¼rgen", "Fleet and Depot", "01632 960053", directory="Internal"),
    _row("Wiśniewska", "MaÅ‚gorzata", "Tenancy Services", "01632 960054"),
    _row("O&#39;Rourke", "Brendan", "Highways", "01632 960055"),
    _row("O`Malley", "Grace", "Waste & Recycling", "01632 960056"),
    _row("Si\ufffdn Prydderch", "", "Safeguarding", "01632 960057"),
    _row("Ross", "Dean, Manager", "Safeguarding", "01632 960058"),
    # duplicates
    _row("Baxter", "Philippa", "Complaints", "01632 960059", email="philippa.baxter@wexbourne.example"),
    _row("BAXTER", "Philippa", "Complaints", "01632 960060", email="philippa.baxter@wexbourne.example"),
    _row("Ollerenshaw", "Ivor", "Street Cleansing", "01632 960061"),
    _row("Ollerenshaw", "Ivor", "Street Cleansing", "01632 960061"),
    _row("Sharples", "Winifred", "Allotments", "01632 960062"),
    _row("Sharples", "Winifred", "", "01632 960062"),
    # one number for many people
    _row("Entwistle", "Nora", "Libraries", "01632 960063"),
    _row("Olusanya", "Tayo", "Libraries", "01632 960063"),
    _row("Quaye", "Ebenezer", "Libraries", "01632 960063"),
    _row("Lumb", "Dorothy", "Libraries", "01632 960063"),
    # numbers missing, impossible, premium, damaged
    _row("Featherby", "Clement", "Pest Control", ""),
    _row("Idowu", "Grace", "Council Tax", "N/A"),
    _row("Tattersall", "Hugo", "", ""),
    _row("Blenkinsop", "Edna", "Debt Advice", "01632 96"),
    _row("Zhao", "Lin", "Tree Services", "00000 000000"),
    _row("Quigley", "Fergal", "Licensing", "0909 879 0123"),
    _row("Aldous", "Perpetua", "Insurance", "1.63E+09"),
    _row("Hardcastle", "Jonty", "Insurance", "1632960064.0"),
    _row("Ndlovu", "Thandiwe", "Markets", "1632960065"),
    _row("Gill", "Manjit", "Licensing", "O1632 96OO66"),
    _row("Bird", "Robin", "Tree Services", "960067"),
    _row("Stone", "Flint", "Land Charges", "01632 960068 / 07700 900123"),
    _row("Yeo", "Bernard", "Payroll", "+44 (0)1632 960069", directory="Internal"),
    _row("Voss", "Annegret", "Finance", "", mobile="07700 900456"),
    _row("Kaplan", "Deniz", "Finance", "dkaplan@wexbourne.example", ext="4802"),
    _row("Ferris", "Una", "Markets", "020 7946 0123"),
    # extensions
    _row("Amoah", "Kojo", "Payroll", "x4711", directory="Internal"),
    _row("Brook", "Tessa", "Payroll", "ext. 4712", directory="Internal"),
    _row("Corrigan", "Mick", "Payroll", "4713", directory="Internal"),
    _row("Dhillon", "Paramjit", "Payroll", "01632 960070 x4714", directory="Internal"),
    _row("Elliott", "Wyn", "Payroll", "#4715", directory="Internal"),
    _row("Fong", "Alice", "Payroll", "int 4716", directory="Internal"),
    _row("Goodchild", "Ray", "Payroll", "", ext="47", directory="Internal"),
    # left, tests, desks
    _row("Norris", "Arthur", "Highways", "01632 960071", leaving="31/03/2024"),
    _row("Vaughan", "Elin", "Highways", "01632 960072", leaving="2019-11-08"),
    _row("Lockwood", "Piers (LEFT)", "Planning", "01632 960073"),
    _row("Tindall", "Joan", "Planning", "01632 960074", leaving="31/12/2049"),
    _row("User", "Test", "ICT Service Desk", "4000"),
    _row("zzz DO NOT USE", "", "ICT Service Desk", "4999"),
    _row("Test", "Test", "", "01632 960999"),
    _row("VACANT", "", "Business Rates", "01632 960075"),
    _row("Reception Desk", "", "Libraries", "01632 960076"),
    _row("Enquiries", "Registrars", "Registrars", "01632 960077"),
    _row("Duty Social Worker", "", "Adult Social Care", "01632 960078"),
    _row("bookings@wexbourne.example", "", "Leisure Centres", "01632 960079", email="bookings@wexbourne.example"),
    _row("Meeting Room 3", "", "Facilities Management", "4803", directory="Internal"),
    _row("Main Switchboard", "", "Customer Services", "01632 960000", role="Operator", also="operator; switchboard; front desk"),
    # ex-directory and internal
    _row("Harkness", "Delia", "Safeguarding", "01632 960080", directory="Ex-directory"),
    _row("Mbeki-Lowe", "Thomas", "Children's Services", "01632 960081", directory="ex directory"),
    _row("Sutherland", "Isobel", "Legal Services", "01632 960082", directory="XD"),
    _row("Okoro", "Blessing", "ICT Service Desk", "01632 960083", directory="Internal", role="Service Desk Analyst"),
    _row("Lister", "Dave", "ICT Service Desk", "01632 960084", directory="Internal only"),
]  # fmt: skip

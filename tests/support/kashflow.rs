//! A faithful stand-in for KashFlow's SOAP interface, with the troubles of the real one and of the way
//! to it. It keeps books of its own, computes what KashFlow computes, and knows no repetition: what is
//! sent twice is entered twice.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine as _;
use quick_xml::Reader;
use quick_xml::events::Event;
use rust_decimal::Decimal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The members of its types in the order of the description, where order is checked.
const INVOICE: &[&str] = &[
    "InvoiceDBID",
    "InvoiceNumber",
    "InvoiceDate",
    "DueDate",
    "Customer",
    "CustomerID",
    "Paid",
    "CustomerReference",
    "EstimateCategory",
    "SuppressTotal",
    "ProjectID",
    "CurrencyCode",
    "ExchangeRate",
    "ReadableString",
    "Lines",
    "NetAmount",
    "VATAmount",
    "AmountPaid",
    "CustomerName",
];
/// Those that must be there.
const INVOICE_MUST: &[&str] = &[
    "InvoiceDBID",
    "InvoiceNumber",
    "InvoiceDate",
    "DueDate",
    "CustomerID",
    "Paid",
    "SuppressTotal",
    "ProjectID",
    "ExchangeRate",
    "NetAmount",
    "VATAmount",
    "AmountPaid",
];
const CUSTOMER_MUST: &[&str] = &[
    "CustomerID",
    "EC",
    "OutsideEC",
    "Source",
    "Discount",
    "ShowDiscount",
    "PaymentTerms",
    "CheckBox1",
    "CheckBox20",
    "Created",
    "Updated",
    "CurrencyID",
];

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is done, and the connection ends before the answer.
    LostAnswer,
    /// It is done, and the answer breaks off in the middle.
    Truncated,
    /// It is done, and an error page of a proxy comes instead of the answer.
    BadGateway,
    /// It is not done: the service is overloaded.
    Unavailable,
    /// It is not done: the connection is reset.
    Reset,
    /// It is done and answered, slowly.
    Slow(Duration),
    /// It is done only after this time, when nobody waits for it any more.
    Late(Duration),
    /// It says OK and gives the number 0.
    OkAndNothing,
    /// It is not done: it says NO with these words.
    Says(&'static str),
}

#[derive(Debug, Clone, Default)]
pub struct Element {
    pub name: String,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }

    pub fn text_of(&self, name: &str) -> String {
        self.child(name).map(|c| c.text.trim().to_owned()).unwrap_or_default()
    }

    fn number(&self, name: &str) -> i64 {
        self.text_of(name).parse().unwrap_or(0)
    }

    fn decimal(&self, name: &str) -> Decimal {
        self.text_of(name).parse().unwrap_or_default()
    }
}

#[derive(Debug, Clone, Default)]
pub struct Invoice {
    pub number: i64,
    pub customer: i64,
    pub reference: String,
    pub currency: String,
    pub net: Decimal,
    pub vat: Decimal,
    pub lines: Vec<Element>,
    pub files: Vec<(String, Vec<u8>)>,
}

#[derive(Debug, Clone)]
pub struct Payment {
    pub id: i64,
    pub invoice: i64,
    pub note: String,
    pub method: i64,
    pub account: i64,
    pub amount: Decimal,
}

/// What it keeps, and how it behaves.
#[derive(Default)]
pub struct Books {
    pub password: String,
    pub api_off: bool,
    pub restricted: bool,
    /// More than two decimal places in a rate: rounded, and noted here. Refused where this is `None`.
    pub rounds: Option<Vec<String>>,
    pub attaches: bool,
    pub customers: Vec<Element>,
    pub invoices: Vec<Invoice>,
    pub payments: Vec<Payment>,
    /// The methods called, in their order.
    pub called: Vec<String>,
    /// Requests under way, and the most at once.
    pub at_once: (usize, usize),
    next_id: i64,
}

impl Books {
    fn id(&mut self) -> i64 {
        self.next_id += 1;
        1000 + self.next_id
    }

    /// What is paid of an invoice, as KashFlow computes it.
    pub fn paid(&self, invoice: i64) -> Decimal {
        self.payments.iter().filter(|p| p.invoice == invoice).map(|p| p.amount).sum()
    }
}

type Faults = Box<dyn FnMut(&str) -> Option<Fault> + Send>;

pub struct KashFlow {
    pub address: SocketAddr,
    books: Arc<Mutex<Books>>,
    faults: Arc<Mutex<Faults>>,
}

impl KashFlow {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener)
    }

    pub fn on(listener: TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let books = Books { password: "secret-horse".into(), attaches: true, ..Books::default() };
        let books = Arc::new(Mutex::new(books));
        let faults: Arc<Mutex<Faults>> = Arc::new(Mutex::new(Box::new(|_| None)));
        let (kept, wrong) = (Arc::clone(&books), Arc::clone(&faults));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept), Arc::clone(&wrong)));
            }
        });
        Self { address, books, faults }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}/api/service.asmx", self.address)
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    pub fn faults(&self, faults: impl FnMut(&str) -> Option<Fault> + Send + 'static) {
        *self.faults.lock().unwrap() = Box::new(faults);
    }
}

async fn serve(mut stream: TcpStream, books: Arc<Mutex<Books>>, faults: Arc<Mutex<Faults>>) {
    {
        let mut books = books.lock().unwrap();
        books.at_once.0 += 1;
        books.at_once.1 = books.at_once.1.max(books.at_once.0);
    }
    let answer = answer(&mut stream, &books, &faults).await;
    // Counted out before the client can know, so that its next request is not counted beside this one.
    books.lock().unwrap().at_once.0 -= 1;
    if let Some(bytes) = answer {
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
    }
}

/// The bytes that go back; none when the connection just ends.
async fn answer(
    stream: &mut TcpStream,
    books: &Arc<Mutex<Books>>,
    faults: &Arc<Mutex<Faults>>,
) -> Option<Vec<u8>> {
    let (head, body) = request(stream).await?;
    if head.starts_with("GET") {
        let wsdl = "<definitions xmlns=\"http://schemas.xmlsoap.org/wsdl/\" targetNamespace=\"KashFlow\"/>";
        return Some(http(if head.contains("?WSDL") { 200 } else { 404 }, wsdl));
    }
    let action = head.lines().find_map(|l| {
        let (name, value) = l.split_once(':')?;
        name.eq_ignore_ascii_case("soapaction").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    let Some(method) = action.strip_prefix("KashFlow/") else {
        return Some(fault("Server did not recognize the value of HTTP Header SOAPAction"));
    };
    let root = parse(&body).and_then(|e| e.child("Body")?.children.first().cloned());
    let Some(root) = root.filter(|r| r.name == method && body.contains("xmlns=\"KashFlow\"")) else {
        return Some(fault("Server was unable to read request. ---> There is an error in XML document"));
    };
    let wrong = (faults.lock().unwrap())(method);
    match wrong {
        Some(Fault::Unavailable) => return Some(http(503, "<html><body>Service Unavailable</body></html>")),
        Some(Fault::Reset) => {
            let _ = stream.set_zero_linger();
            return None;
        }
        Some(Fault::Slow(time) | Fault::Late(time)) => tokio::time::sleep(time).await,
        _ => {}
    }
    let said = {
        let mut books = books.lock().unwrap();
        books.called.push(method.to_owned());
        match wrong {
            Some(Fault::Says(words)) => no(words),
            _ => enter(&mut books, method, &root),
        }
    };
    let (result, status, detail) = match said {
        Ok(result) => (result, "OK", String::new()),
        Err(Refusal::Business(detail)) => (String::new(), "NO", detail),
        Err(Refusal::Fault(detail)) => return Some(fault(&detail)),
    };
    let result = match wrong {
        Some(Fault::LostAnswer | Fault::Late(_)) => return None,
        Some(Fault::BadGateway) => return Some(http(502, "<html><body>Bad Gateway</body></html>")),
        Some(Fault::OkAndNothing) if status == "OK" && result.parse::<i64>().is_ok() => "0".to_owned(),
        _ => result,
    };
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope \
         xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><{method}Response xmlns=\"KashFlow\">\
         <{method}Result>{result}</{method}Result><Status>{status}</Status><StatusDetail>{}</StatusDetail>\
         </{method}Response></soap:Body></soap:Envelope>",
        escaped(&detail)
    );
    let mut bytes = http(200, &xml);
    if wrong == Some(Fault::Truncated) {
        bytes.truncate(bytes.len() - 60);
    }
    Some(bytes)
}

async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = stream.read(&mut chunk).await.ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head.lines().find_map(|l| {
            let (name, value) = l.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if bytes.len() >= end + 4 + length.unwrap_or(0) {
            return Some((head, String::from_utf8_lossy(&bytes[end + 4..]).into_owned()));
        }
    }
}

fn http(status: u16, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} x\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn fault(said: &str) -> Vec<u8> {
    http(
        500,
        &format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>\
             <faultcode>soap:Client</faultcode><faultstring>{}</faultstring></soap:Fault></soap:Body></soap:Envelope>",
            escaped(said)
        ),
    )
}

enum Refusal {
    Business(String),
    Fault(String),
}

fn no<T>(detail: &str) -> Result<T, Refusal> {
    Err(Refusal::Business(detail.to_owned()))
}

fn enter(books: &mut Books, method: &str, request: &Element) -> Result<String, Refusal> {
    let first: Vec<&str> = request.children.iter().take(2).map(|c| c.name.as_str()).collect();
    if first != ["UserName", "Password"] {
        return Err(Refusal::Fault("UserName and Password come first".into()));
    }
    if request.text_of("UserName") != "shop" || request.text_of("Password") != books.password {
        return no("Incorrect username or password");
    }
    if books.api_off {
        // The real sentence is not known.
        return no("The API is not enabled for this account");
    }
    if method == "AutoAuthIP" {
        if request.text_of("AutoAuthKey") != "1234ABCD-1234" {
            return no("The AutoAuthKey is wrong");
        }
        books.restricted = false;
        return Ok("1".into());
    }
    if books.restricted {
        return no("The IP address of 203.0.113.7 is not in the access list");
    }
    match method {
        "GetCompanyDetails" => Ok("<CompanyName>Corner Cycles Ltd</CompanyName>".into()),
        "GetCustomerSources" => {
            Ok("<BasicDataset><ID>7</ID><Name>Counter</Name><Description/><Value>0</Value></BasicDataset>\
                <BasicDataset><ID>8</ID><Name>Web &amp; phone</Name><Description/><Value>0</Value></BasicDataset>"
                .into())
        }
        "GetInvPayMethods" => {
            Ok("<PaymentMethod><MethodID>409844</MethodID><MethodName>Card</MethodName></PaymentMethod>".into())
        }
        "GetBankAccounts" => Ok("<BankAccount><AccountID>55166</AccountID><AccountName>Current</AccountName>\
                                 <AccountCode>1200</AccountCode></BankAccount>"
            .into()),
        "GetCurrencies" => Ok(
            "<Currencies><CurrencyId>1</CurrencyId><CurrencyCode>GBP</CurrencyCode><ExchangeRate>1</ExchangeRate>\
             <isDefault>1</isDefault></Currencies><Currencies><CurrencyId>2</CurrencyId><CurrencyCode>EUR</CurrencyCode>\
             <ExchangeRate>1.17</ExchangeRate><isDefault>0</isDefault></Currencies>"
                .into(),
        ),
        "GetRemoteLoginURL" => Ok("https://securedwebapp.com/remote/abc123".into()),
        "GetCustomerByEmail" => {
            let wanted = request.text_of("CustomerEmail").to_lowercase();
            customer(books, |c| c.text_of("Email").to_lowercase() == wanted)
        }
        "GetCustomer" => {
            let wanted = request.text_of("CustomerCode");
            customer(books, |c| c.text_of("Code") == wanted)
        }
        "InsertCustomer" => insert_customer(books, request),
        "UpdateCustomer" => {
            let given = request.child("custr").cloned().unwrap_or_default();
            let id = given.text_of("CustomerID");
            match books.customers.iter_mut().find(|c| c.text_of("CustomerID") == id) {
                Some(known) => {
                    *known = given;
                    Ok(String::new())
                }
                None => no("There is no customer with that ID"),
            }
        }
        "GetInvoicesForCustomer" => {
            let wanted = request.number("CustID");
            Ok(books.invoices.iter().filter(|i| i.customer == wanted).map(shown).collect())
        }
        "InsertInvoice_TypeDefined" => insert_invoice(books, request),
        "AttachFileToInvoice" => attach(books, request),
        "GetInvoicePayment" => {
            let wanted = request.number("InvoiceNumber");
            let payment = |p: &Payment| {
                format!(
                    "<Payment><PayID>{}</PayID><PayInvoice>{}</PayInvoice><PayNote>{}</PayNote>\
                     <PayAmount>{}</PayAmount></Payment>",
                    p.id,
                    p.invoice,
                    escaped(&p.note),
                    // As a database with four places has it.
                    p.amount.round_dp(4) + Decimal::new(0, 4)
                )
            };
            Ok(books.payments.iter().filter(|p| p.invoice == wanted).map(payment).collect())
        }
        "InsertInvoicePayment" => insert_payment(books, request),
        _ => Err(Refusal::Fault("Server did not recognize the value of HTTP Header SOAPAction".into())),
    }
}

fn customer(books: &Books, is: impl Fn(&Element) -> bool) -> Result<String, Refusal> {
    match books.customers.iter().find(|c| is(c)) {
        Some(found) => Ok(found.children.iter().map(xml).collect()),
        None => no("There is no customer like that"),
    }
}

fn insert_customer(books: &mut Books, request: &Element) -> Result<String, Refusal> {
    let mut new = request.child("custr").cloned().unwrap_or_default();
    for must in CUSTOMER_MUST {
        if new.child(must).is_none() {
            return Err(Refusal::Fault(format!("{must} is missing")));
        }
    }
    let code = new.text_of("Code");
    if books.customers.iter().any(|c| c.text_of("Code") == code) {
        return no("Customer Code is not unique");
    }
    let id = books.id();
    if let Some(own) = new.children.iter_mut().find(|c| c.name == "CustomerID") {
        own.text = id.to_string();
    }
    books.customers.push(new);
    Ok(id.to_string())
}

fn insert_invoice(books: &mut Books, request: &Element) -> Result<String, Refusal> {
    let given = request.child("Inv_TD").cloned().unwrap_or_default();
    let places: Vec<Option<usize>> =
        given.children.iter().map(|c| INVOICE.iter().position(|n| *n == c.name)).collect();
    if places.iter().any(Option::is_none) || !places.is_sorted() {
        return Err(Refusal::Fault("Server was unable to read request. ---> not in the schema".into()));
    }
    for must in INVOICE_MUST {
        if given.child(must).is_none() {
            return Err(Refusal::Fault(format!("Server was unable to read request. ---> {must} is missing")));
        }
    }
    let customer = given.number("CustomerID");
    if !books.customers.iter().any(|c| c.number("CustomerID") == customer) {
        return no("There is no customer with that ID");
    }
    let lines = given.child("Lines").map(|l| l.children.clone()).unwrap_or_default();
    let (mut net, mut vat) = (Decimal::ZERO, Decimal::ZERO);
    for line in &lines {
        let mut rate = line.decimal("Rate");
        if rate.normalize().scale() > 2 {
            match &mut books.rounds {
                None => return no("Rate has more than two decimal places"),
                Some(log) => log.push(rate.to_string()),
            }
            rate = rate.round_dp(2);
        }
        net += rate * line.decimal("Quantity");
        vat += line.decimal("VatAmount");
    }
    let highest = books.invoices.iter().map(|i| i.number).max().unwrap_or(4470);
    let asked = given.number("InvoiceNumber");
    let number = if asked == 0 { highest + 1 } else { asked };
    // A number that is taken is overwritten, as the real one does.
    books.invoices.retain(|i| i.number != number);
    books.invoices.push(Invoice {
        number,
        customer,
        reference: given.text_of("CustomerReference"),
        currency: given.text_of("CurrencyCode"),
        net,
        vat,
        lines,
        files: vec![],
    });
    Ok(number.to_string())
}

fn attach(books: &mut Books, request: &Element) -> Result<String, Refusal> {
    if !books.attaches {
        return Err(Refusal::Fault("Server did not recognize the value of HTTP Header SOAPAction".into()));
    }
    let number = request.number("InvoiceNo");
    let bytes = base64::engine::general_purpose::STANDARD.decode(request.text_of("Base64String"));
    let Ok(bytes) = bytes else { return no("the file is not base64") };
    assert_eq!(request.text_of("FileSize"), bytes.len().to_string());
    match books.invoices.iter_mut().find(|i| i.number == number) {
        Some(invoice) => {
            invoice.files.push((request.text_of("Filename"), bytes));
            Ok("1".into())
        }
        None => no("There is no invoice with that number"),
    }
}

fn insert_payment(books: &mut Books, request: &Element) -> Result<String, Refusal> {
    let given = request.child("InvoicePayment").cloned().unwrap_or_default();
    let invoice = given.number("PayInvoice");
    if !books.invoices.iter().any(|i| i.number == invoice) {
        return no("There is no invoice with that number");
    }
    let id = books.id();
    books.payments.push(Payment {
        id,
        invoice,
        note: given.text_of("PayNote"),
        method: given.number("PayMethod"),
        account: given.number("PayAccount"),
        amount: given.decimal("PayAmount"),
    });
    Ok(id.to_string())
}

fn shown(invoice: &Invoice) -> String {
    format!(
        "<Invoice><InvoiceDBID>{0}</InvoiceDBID><InvoiceNumber>{0}</InvoiceNumber><CustomerID>{1}</CustomerID>\
         <CustomerReference>{2}</CustomerReference><NetAmount>{3}</NetAmount><VATAmount>{4}</VATAmount></Invoice>",
        invoice.number,
        invoice.customer,
        escaped(&invoice.reference),
        invoice.net,
        invoice.vat
    )
}

fn xml(element: &Element) -> String {
    let inside: String = if element.children.is_empty() {
        escaped(&element.text)
    } else {
        element.children.iter().map(xml).collect()
    };
    format!("<{0}>{inside}</{0}>", element.name)
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

fn parse(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                open.push(Element { name: start.local_name().into_inner().to_owned(), ..Element::default() });
            }
            Event::Empty(empty) => open
                .last_mut()?
                .children
                .push(Element { name: empty.local_name().into_inner().to_owned(), ..Element::default() }),
            Event::End(_) => {
                let done = open.pop()?;
                open.last_mut()?.children.push(done);
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let known = match reference.resolve_char_ref().ok()? {
                    Some(c) => c.to_string(),
                    None => {
                        quick_xml::escape::resolve_predefined_entity(&reference.xml10_content())?.to_owned()
                    }
                };
                open.last_mut()?.text.push_str(&known);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if open.len() == 1 { open.pop()?.children.pop() } else { None }
}

/// The references that stand in the books more than once.
pub fn twice(references: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    references.filter(|r| !seen.insert(r.clone())).collect()
}

-- The whole schema. {ID} {REF} {JSON} {TS} {BOOL} {WR} differ between SQLite and PostgreSQL (see 0001).
-- _fen 分 · _milli 1/1000 base unit · _e4 1/10000 元 per price_unit. No CASCADE anywhere.
CREATE TABLE company(id {ID}, name TEXT NOT NULL UNIQUE, profile TEXT NOT NULL, today DATE NOT NULL, day_cut_hour INT NOT NULL DEFAULT 0, closed_through DATE,
  catalog_version BIGINT NOT NULL DEFAULT 0, default_warehouse_id BIGINT, practice_of_id BIGINT REFERENCES company, settings {JSON} NOT NULL);
CREATE TABLE warehouse(id {ID}, company_id BIGINT NOT NULL REFERENCES company, code TEXT NOT NULL, name TEXT NOT NULL, aliases {JSON} NOT NULL, active {BOOL} NOT NULL DEFAULT {TRUE},
  changed BIGINT NOT NULL DEFAULT 0, UNIQUE(company_id,code), UNIQUE(company_id,name));
CREATE TABLE staff(id {ID}, company_id BIGINT NOT NULL REFERENCES company, name TEXT NOT NULL, roles {JSON} NOT NULL, warehouse_id BIGINT REFERENCES warehouse,
  limit_fen BIGINT NOT NULL DEFAULT 0, posts_directly {BOOL} NOT NULL DEFAULT {FALSE}, active {BOOL} NOT NULL DEFAULT {TRUE}, password TEXT, UNIQUE(company_id,name));
CREATE TABLE binding_code(company_id BIGINT NOT NULL REFERENCES company, code_hash TEXT NOT NULL, staff_id BIGINT NOT NULL REFERENCES staff, expires_at {TS} NOT NULL, used_at {TS}, PRIMARY KEY(company_id,code_hash)){WR};
CREATE TABLE api_token(token_hash TEXT PRIMARY KEY, staff_id BIGINT NOT NULL REFERENCES staff, created_at {TS} NOT NULL, revoked_at {TS}){WR};
CREATE TABLE identity(channel TEXT, account TEXT, external_id TEXT, staff_id BIGINT NOT NULL REFERENCES staff, address {JSON} NOT NULL, used_at {TS} NOT NULL, PRIMARY KEY(channel,account,external_id)){WR};
CREATE TABLE conversation(id {ID}, channel TEXT NOT NULL, account TEXT NOT NULL, chat_id TEXT NOT NULL, sender_id TEXT NOT NULL, is_group {BOOL} NOT NULL,
  state {JSON} NOT NULL, reply_address {JSON} NOT NULL, seen_at {TS} NOT NULL, UNIQUE(channel,account,chat_id,sender_id));
CREATE TABLE partner(id {ID}, company_id BIGINT NOT NULL REFERENCES company, code TEXT NOT NULL, name TEXT NOT NULL, aliases {JSON} NOT NULL, is_customer {BOOL} NOT NULL, is_supplier {BOOL} NOT NULL,
  category TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '', level TEXT, terms TEXT NOT NULL, credit_limit_fen BIGINT, min_life_permille INT, active {BOOL} NOT NULL DEFAULT {TRUE},
  changed BIGINT NOT NULL DEFAULT 0, extra {JSON}, UNIQUE(company_id,code), UNIQUE(company_id,name));
CREATE TABLE product(id {ID}, company_id BIGINT NOT NULL REFERENCES company, code TEXT NOT NULL, name TEXT NOT NULL, brand TEXT NOT NULL DEFAULT '', spec TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL, base_unit TEXT NOT NULL, countable {BOOL} NOT NULL, stocked {BOOL} NOT NULL, batched {BOOL} NOT NULL, shelf_life TEXT,
  supplier_id BIGINT REFERENCES partner, warehouse_id BIGINT REFERENCES warehouse, safety_milli BIGINT NOT NULL DEFAULT 0, floor_e4 BIGINT, ceiling_e4 BIGINT, price_unit TEXT NOT NULL,
  active {BOOL} NOT NULL DEFAULT {TRUE}, changed BIGINT NOT NULL DEFAULT 0, extra {JSON}, UNIQUE(company_id,code), UNIQUE(company_id,name,brand,spec), CHECK(safety_milli>=0));
CREATE INDEX product_changed ON product(company_id,changed);
CREATE TABLE product_unit(product_id BIGINT REFERENCES product, unit TEXT, factor_milli BIGINT NOT NULL CHECK(factor_milli>0), PRIMARY KEY(product_id,unit)){WR};
CREATE TABLE barcode(company_id BIGINT REFERENCES company, code TEXT, product_id BIGINT NOT NULL, unit TEXT NOT NULL, PRIMARY KEY(company_id,code), FOREIGN KEY(product_id,unit) REFERENCES product_unit){WR};
CREATE INDEX barcode_product ON barcode(product_id);
CREATE TABLE alias(id {ID}, company_id BIGINT NOT NULL REFERENCES company, word TEXT NOT NULL, product_id BIGINT NOT NULL REFERENCES product, partner_id BIGINT REFERENCES partner,
  staff_id BIGINT REFERENCES staff, told_by BIGINT REFERENCES staff);
CREATE INDEX alias_word ON alias(company_id,word);
CREATE INDEX alias_product ON alias(product_id);
CREATE TABLE price(id {ID}, product_id BIGINT NOT NULL REFERENCES product, side CHAR(1) NOT NULL CHECK(side IN('S','P')), partner_id BIGINT REFERENCES partner, level TEXT,
  unit TEXT NOT NULL, price_e4 BIGINT NOT NULL CHECK(price_e4>=0), valid_from DATE NOT NULL, CHECK(partner_id IS NULL OR level IS NULL));
CREATE INDEX price_of ON price(product_id,side,valid_from);
CREATE TABLE account(id {ID}, company_id BIGINT NOT NULL REFERENCES company, role TEXT NOT NULL, warehouse_id BIGINT REFERENCES warehouse, bin TEXT NOT NULL DEFAULT '', name TEXT NOT NULL,
  UNIQUE(company_id,name));
CREATE TABLE batch(id {ID}, product_id BIGINT NOT NULL REFERENCES product, batch_no TEXT NOT NULL, mfg_date DATE, expiry_date DATE, supplier_id BIGINT REFERENCES partner, received_on DATE NOT NULL,
  qty_milli BIGINT NOT NULL DEFAULT 0, value_fen BIGINT NOT NULL DEFAULT 0, UNIQUE(product_id,batch_no), CHECK(qty_milli>=0 AND value_fen>=0), CHECK(qty_milli>0 OR value_fen=0));
CREATE INDEX batch_expiring ON batch(expiry_date) WHERE qty_milli>0;
CREATE TABLE stock(batch_id BIGINT REFERENCES batch, account_id BIGINT REFERENCES account, product_id BIGINT NOT NULL REFERENCES product, qty_milli BIGINT NOT NULL, picked_milli BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY(batch_id,account_id), CHECK(picked_milli>=0 AND qty_milli>=picked_milli)){WR};
CREATE INDEX stock_product ON stock(product_id,account_id) WHERE qty_milli>0;
CREATE TABLE availability(product_id BIGINT REFERENCES product, warehouse_id BIGINT REFERENCES warehouse, sellable_milli BIGINT NOT NULL DEFAULT 0, reserved_milli BIGINT NOT NULL DEFAULT 0,
  on_order_milli BIGINT NOT NULL DEFAULT 0, in_transit_milli BIGINT NOT NULL DEFAULT 0, PRIMARY KEY(product_id,warehouse_id),
  CHECK(reserved_milli>=0 AND sellable_milli>=reserved_milli AND on_order_milli>=0 AND in_transit_milli>=0)){WR};
CREATE TABLE counter(company_id BIGINT REFERENCES company, prefix TEXT, day DATE, last BIGINT NOT NULL, PRIMARY KEY(company_id,prefix,day)){WR};
CREATE TABLE document(id {ID}, company_id BIGINT NOT NULL REFERENCES company, kind TEXT NOT NULL, number TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN('draft','posted','cancelled')),
  business_date DATE NOT NULL, created_at {TS} NOT NULL, posted_at {TS}, staff_id BIGINT NOT NULL REFERENCES staff, partner_id BIGINT REFERENCES partner, parent_id BIGINT REFERENCES document,
  reverses_id BIGINT UNIQUE REFERENCES document, promised_on DATE, total_fen BIGINT NOT NULL DEFAULT 0, command {JSON} NOT NULL, note TEXT NOT NULL DEFAULT '', extra {JSON},
  UNIQUE(company_id,number), CHECK((state='posted')=(posted_at IS NOT NULL)));
CREATE INDEX document_day ON document(company_id,kind,business_date);
CREATE INDEX document_partner ON document(partner_id,business_date);
CREATE INDEX document_parent ON document(parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX document_promised ON document(company_id,promised_on) WHERE promised_on IS NOT NULL;
CREATE TABLE document_line(document_id BIGINT REFERENCES document, line_no INT, role TEXT NOT NULL, product_id BIGINT REFERENCES product, warehouse_id BIGINT REFERENCES warehouse,
  to_warehouse_id BIGINT REFERENCES warehouse, batch_id BIGINT REFERENCES batch, said_milli BIGINT, unit TEXT, qty_milli BIGINT NOT NULL DEFAULT 0, price_e4 BIGINT, price_unit TEXT,
  amount_fen BIGINT NOT NULL DEFAULT 0, cost_fen BIGINT NOT NULL DEFAULT 0, order_id BIGINT, order_line INT, reason TEXT NOT NULL DEFAULT '', extra {JSON},
  PRIMARY KEY(document_id,line_no), FOREIGN KEY(order_id,order_line) REFERENCES document_line, CHECK(qty_milli>=0 AND amount_fen>=0)){WR};
CREATE INDEX line_order ON document_line(order_id,order_line) WHERE order_id IS NOT NULL;
CREATE INDEX line_product ON document_line(product_id,document_id);
CREATE TABLE last_deal(product_id BIGINT REFERENCES product, partner_id BIGINT REFERENCES partner, side CHAR(1) NOT NULL CHECK(side IN('S','P')), price_e4 BIGINT NOT NULL, unit TEXT NOT NULL,
  on_day DATE NOT NULL, document_id BIGINT NOT NULL REFERENCES document, PRIMARY KEY(product_id,side,partner_id)){WR};
CREATE TABLE order_open(order_id BIGINT, order_line INT, company_id BIGINT NOT NULL REFERENCES company, kind TEXT NOT NULL, partner_id BIGINT, product_id BIGINT NOT NULL, warehouse_id BIGINT NOT NULL,
  promised_on DATE, open_milli BIGINT NOT NULL CHECK(open_milli>=0), PRIMARY KEY(order_id,order_line), FOREIGN KEY(order_id,order_line) REFERENCES document_line){WR};
CREATE INDEX order_open_wanted ON order_open(product_id,warehouse_id) WHERE open_milli>0;
CREATE INDEX order_open_partner ON order_open(company_id,partner_id,kind) WHERE open_milli>0;
CREATE INDEX order_open_due ON order_open(company_id,promised_on) WHERE open_milli>0;
CREATE TABLE entry(id {ID}, company_id BIGINT NOT NULL REFERENCES company, document_id BIGINT NOT NULL REFERENCES document, line_no INT NOT NULL, measure SMALLINT NOT NULL CHECK(measure IN(1,2,3)),
  source_id BIGINT NOT NULL REFERENCES account, target_id BIGINT NOT NULL REFERENCES account, product_id BIGINT, batch_id BIGINT REFERENCES batch, partner_id BIGINT,
  amount BIGINT NOT NULL CHECK(amount>0), business_date DATE NOT NULL, CHECK(source_id<>target_id));
CREATE INDEX entry_document ON entry(document_id);
CREATE INDEX entry_goods ON entry(product_id,id) WHERE measure=1;
CREATE INDEX entry_money_in ON entry(target_id,business_date) WHERE measure=3;
CREATE INDEX entry_money_out ON entry(source_id,business_date) WHERE measure=3;
CREATE INDEX entry_batch ON entry(batch_id,id) WHERE batch_id IS NOT NULL;
CREATE TABLE open_item(id {ID}, company_id BIGINT NOT NULL REFERENCES company, document_id BIGINT NOT NULL REFERENCES document, partner_id BIGINT NOT NULL REFERENCES partner,
  side CHAR(1) NOT NULL CHECK(side IN('R','P')), sign SMALLINT NOT NULL CHECK(sign IN(1,-1)), amount_fen BIGINT NOT NULL CHECK(amount_fen>0), open_fen BIGINT NOT NULL, due_date DATE,
  provisional {BOOL} NOT NULL DEFAULT {FALSE}, CHECK(open_fen BETWEEN 0 AND amount_fen), UNIQUE(document_id,partner_id,side,sign,due_date));
CREATE INDEX open_item_open ON open_item(company_id,side,partner_id,due_date) WHERE open_fen>0;
CREATE TABLE settlement(id {ID}, document_id BIGINT NOT NULL REFERENCES document, debit_id BIGINT NOT NULL REFERENCES open_item, credit_id BIGINT NOT NULL REFERENCES open_item,
  amount_fen BIGINT NOT NULL CHECK(amount_fen<>0), reverses_id BIGINT UNIQUE REFERENCES settlement);
CREATE INDEX settlement_debit ON settlement(debit_id);
CREATE INDEX settlement_credit ON settlement(credit_id);
CREATE INDEX settlement_document ON settlement(document_id);
CREATE TABLE fund(account_id BIGINT PRIMARY KEY REFERENCES account, balance_fen BIGINT NOT NULL DEFAULT 0, overdraft {BOOL} NOT NULL DEFAULT {FALSE}, CHECK(overdraft OR balance_fen>=0));
CREATE TABLE proposal(id {ID}, company_id BIGINT NOT NULL REFERENCES company, code TEXT NOT NULL, conversation_id BIGINT REFERENCES conversation, staff_id BIGINT NOT NULL REFERENCES staff,
  command TEXT NOT NULL, body {JSON} NOT NULL, preview {JSON} NOT NULL, facts_digest TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN('open','done','replaced','cancelled','expired')),
  created_at {TS} NOT NULL, expires_at {TS} NOT NULL, document_id BIGINT REFERENCES document, UNIQUE(company_id,code));
CREATE INDEX proposal_open ON proposal(conversation_id) WHERE state='open';
CREATE TABLE approval(document_id BIGINT REFERENCES document, step INT, needs TEXT NOT NULL, staff_id BIGINT REFERENCES staff, decision TEXT, note TEXT NOT NULL DEFAULT '', at {TS}, PRIMARY KEY(document_id,step)){WR};
CREATE TABLE done(company_id BIGINT REFERENCES company, key TEXT, digest TEXT NOT NULL, result {JSON} NOT NULL, at {TS} NOT NULL, PRIMARY KEY(company_id,key)){WR};
CREATE INDEX done_twin ON done(company_id,digest,at);
CREATE TABLE inbox(id {ID}, channel TEXT NOT NULL, account TEXT NOT NULL, message_id TEXT NOT NULL, conversation_id BIGINT NOT NULL REFERENCES conversation, text TEXT NOT NULL, raw {JSON} NOT NULL,
  digest TEXT NOT NULL, received_at {TS} NOT NULL, state TEXT NOT NULL, reply {JSON}, UNIQUE(channel,account,message_id));
CREATE INDEX inbox_new ON inbox(id) WHERE state='new';
CREATE INDEX inbox_talk ON inbox(conversation_id,id);
CREATE TABLE outbox(id {ID}, company_id BIGINT NOT NULL REFERENCES company, dedupe TEXT NOT NULL, recipient TEXT NOT NULL, channel TEXT NOT NULL, conversation_id BIGINT REFERENCES conversation, body {JSON} NOT NULL,
  state TEXT NOT NULL, tries INT NOT NULL DEFAULT 0, next_at {TS} NOT NULL, claimed_until {TS}, sent_at {TS}, error TEXT NOT NULL DEFAULT '', UNIQUE(company_id,dedupe,recipient));
CREATE INDEX outbox_due ON outbox(next_at) WHERE state='due';
CREATE INDEX outbox_talk ON outbox(conversation_id,id);
CREATE INDEX outbox_recipient ON outbox(recipient,id);
CREATE TABLE task(id {ID}, company_id BIGINT NOT NULL REFERENCES company, name TEXT NOT NULL, key TEXT NOT NULL, due_at {TS} NOT NULL, claimed_until {TS}, done_at {TS}, tries INT NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '', body {JSON} NOT NULL, UNIQUE(company_id,name,key));
CREATE INDEX task_due ON task(due_at) WHERE done_at IS NULL;
CREATE TABLE audit(id {ID}, company_id BIGINT NOT NULL REFERENCES company, at {TS} NOT NULL, staff_id BIGINT, door TEXT NOT NULL, inbox_id BIGINT, command TEXT NOT NULL, document_id BIGINT, facts {JSON} NOT NULL, digest TEXT NOT NULL);
CREATE INDEX audit_document ON audit(document_id) WHERE document_id IS NOT NULL;
CREATE TABLE audit_seal(seq BIGINT PRIMARY KEY, audit_id BIGINT NOT NULL UNIQUE REFERENCES audit, hash TEXT NOT NULL);
CREATE TABLE lease(name TEXT PRIMARY KEY, owner TEXT NOT NULL, until {TS} NOT NULL, fence BIGINT NOT NULL);
CREATE TABLE session(token_hash TEXT PRIMARY KEY, staff_id BIGINT NOT NULL REFERENCES staff, created_at {TS} NOT NULL, seen_at {TS} NOT NULL, expires_at {TS} NOT NULL){WR};
CREATE TABLE login_link(token_hash TEXT PRIMARY KEY, staff_id BIGINT NOT NULL REFERENCES staff, expires_at {TS} NOT NULL, used_at {TS}){WR};
CREATE TABLE login_try(id {ID}, who TEXT NOT NULL, at {TS} NOT NULL, ok {BOOL} NOT NULL);
CREATE INDEX login_try_who ON login_try(who,at);

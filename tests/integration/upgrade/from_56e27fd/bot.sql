BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0015');
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('e946affa-255a-4f1d-a158-3b7369c547a9','1',1796084007000,1796084007000,'notebook-bot');
CREATE TABLE approvals (
	id VARCHAR(20) NOT NULL, 
	asker VARCHAR(40) NOT NULL, 
	request_key VARCHAR(200) NOT NULL, 
	request TEXT NOT NULL, 
	reasons TEXT NOT NULL, 
	asked_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	price_per_hour VARCHAR(32), 
	region VARCHAR(60) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	decided_by VARCHAR(40) NOT NULL, 
	decided_at DATETIME, 
	reason TEXT NOT NULL, 
	server_id VARCHAR(20) NOT NULL, 
	told VARCHAR(20) NOT NULL, 
	places TEXT NOT NULL, 
	asker_channel VARCHAR(40) NOT NULL, 
	asker_ts VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_approvals PRIMARY KEY (id), 
	CONSTRAINT uq_approvals_request_key UNIQUE (request_key)
);
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "dbos_migrations" VALUES(125);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor VARCHAR(40) NOT NULL, 
	action VARCHAR(40) NOT NULL, 
	server_id VARCHAR(20), 
	result VARCHAR(40) NOT NULL, 
	detail TEXT NOT NULL, status VARCHAR(20), owner VARCHAR(40), size VARCHAR(60), price_per_hour VARCHAR(32), 
	CONSTRAINT pk_events PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'2026-11-28 09:00:00.000000','U_ANA','create','i5bjyrdhy9p6','accepted','report ubuntu 24.04 Standard_B2s','creating','U_ANA','Standard_B2s','0.0416');
INSERT INTO "events" VALUES(2,'2026-11-28 09:00:00.000000','engine','ready','i5bjyrdhy9p6','ok','report','running','U_ANA','Standard_B2s','0.0416');
INSERT INTO "events" VALUES(3,'2026-11-28 09:00:00.000000','U_ANA','create','addxb09hq472','accepted','sales ubuntu 24.04 Standard_B2s','creating','U_ANA','Standard_B2s','0.0416');
INSERT INTO "events" VALUES(4,'2026-11-28 09:00:00.000000','engine','ready','addxb09hq472','ok','sales','running','U_ANA','Standard_B2s','0.0416');
INSERT INTO "events" VALUES(5,'2026-11-28 09:00:00.000000','U_EVE','sweep',NULL,'accepted','',NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(6,'2026-11-28 09:00:00.000000','engine','password_used','addxb09hq472','ok','sales',NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(7,'2026-11-28 09:00:00.000000','engine','password_used','i5bjyrdhy9p6','ok','report',NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(8,'2026-11-28 09:00:00.000000','U_ANA','delete_with_copy','i5bjyrdhy9p6','accepted','report','deleting','U_ANA','Standard_B2s','0.0416');
INSERT INTO "events" VALUES(9,'2026-11-28 09:00:00.000000','engine','deleted','i5bjyrdhy9p6','ok','report','deleted','U_ANA','Standard_B2s','0.0416');
INSERT INTO "events" VALUES(10,'2026-11-28 09:20:00.000000','U_EVE','sweep',NULL,'accepted','',NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(11,'2026-11-28 09:40:00.000000','U_EVE','sweep',NULL,'accepted','',NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(12,'2026-11-28 10:00:00.000000','U_EVE','sweep',NULL,'accepted','',NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(13,'2026-11-28 10:03:00.000000','U_ANA','create','wfi5zmy2itix','accepted','phoenix ubuntu 24.04 Standard_B2s','creating','U_ANA','Standard_B2s','0.0416');
CREATE TABLE findings (
	server_id VARCHAR(40) NOT NULL, 
	first_seen_at DATETIME NOT NULL, 
	told_at DATETIME, 
	CONSTRAINT pk_findings PRIMARY KEY (server_id)
);
CREATE TABLE held_messages (
	"key" VARCHAR(200) NOT NULL, 
	user_id VARCHAR(40) NOT NULL, 
	due_at DATETIME NOT NULL, 
	server_id VARCHAR(20) NOT NULL, 
	text TEXT NOT NULL, 
	blocks TEXT NOT NULL, 
	CONSTRAINT pk_held_messages PRIMARY KEY ("key")
);
CREATE TABLE member_keys (
	member VARCHAR(40) NOT NULL, 
	fingerprint VARCHAR(60) NOT NULL, 
	line TEXT NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	added_at DATETIME NOT NULL, 
	CONSTRAINT pk_member_keys PRIMARY KEY (member, fingerprint)
);
CREATE TABLE member_limits (
	member VARCHAR(40) NOT NULL, 
	servers INTEGER, 
	cores INTEGER, 
	cost VARCHAR(32), 
	sizes TEXT, 
	regions TEXT, lifetime_seconds INTEGER, 
	CONSTRAINT pk_member_limits PRIMARY KEY (member)
);
CREATE TABLE member_settings (
	user_id VARCHAR(40) NOT NULL, 
	language VARCHAR(20), 
	quiet_from TIME, 
	quiet_until TIME, 
	idle_minutes INTEGER, 
	CONSTRAINT pk_member_settings PRIMARY KEY (user_id)
);
CREATE TABLE members (
	id VARCHAR(40) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	first_seen DATETIME NOT NULL, 
	last_seen DATETIME NOT NULL, 
	CONSTRAINT pk_members PRIMARY KEY (id)
);
INSERT INTO "members" VALUES('U_ANA','ana','2026-11-28 09:00:00.000000','2026-11-28 10:03:00.000000');
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:create:1',1,'create.check_capacity','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084008859,1796084008869,'portable_json','notebook-bot',1796084008000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:create:1',2,'create.network_and_address','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084008873,1796084008882,'portable_json','notebook-bot',1796084008000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:create:1',3,'create.nic','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084008884,1796084008892,'portable_json','notebook-bot',1796084008000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:create:1',4,'create.vm','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084008899,1796084008911,'portable_json','notebook-bot',1796084008000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:create:1',5,'create.connect','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084008914,1796084008920,'portable_json','notebook-bot',1796084008000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:create:1',6,'create.set_up','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084008924,1796084008967,'portable_json','notebook-bot',1796084008000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:create:1',7,'create.verify','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084008971,1796084008975,'portable_json','notebook-bot',1796084008000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:create:1',8,'create.admit_keys','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084008978,1796084008983,'portable_json','notebook-bot',1796084008000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:create:1',9,'create.hand_over','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084008985,1796084009215,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:create:1',1,'create.check_capacity','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009326,1796084009330,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:create:1',2,'create.network_and_address','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009332,1796084009338,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:create:1',3,'create.nic','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009340,1796084009344,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:create:1',4,'create.vm','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009346,1796084009351,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:create:1',5,'create.connect','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009353,1796084009356,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:create:1',6,'create.set_up','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009358,1796084009363,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:create:1',7,'create.verify','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009365,1796084009367,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:create:1',8,'create.admit_keys','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009369,1796084009372,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:create:1',9,'create.hand_over','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009374,1796084009526,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:redraw:password:2026-11-28T09:00:00+00:00',1,'redraw.redraw','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009739,1796084009746,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:redraw:password:2026-11-28T09:00:00+00:00',1,'redraw.redraw','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009739,1796084009748,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:delete_with_copy:2',1,'delete_with_copy.send_notebooks','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009953,1796084009957,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:delete_with_copy:2',2,'delete_with_copy.turn_off','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009958,1796084009960,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:delete_with_copy:2',3,'delete_with_copy.copy','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009962,1796084009964,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:delete_with_copy:2',4,'delete_with_copy.remove','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009965,1796084009970,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:delete_with_copy:2',5,'delete_with_copy.tell_deleted','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009971,1796084009976,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('i5bjyrdhy9p6:delete_with_copy:2',6,'delete_with_copy.farewell','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084009980,1796084009984,'portable_json','notebook-bot',1796084009000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:warn:idle:2026-11-28T10:00:00+00:00',1,'warn.tell_warning','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084014310,1796084014316,'portable_json','notebook-bot',1796084014000);
INSERT INTO "operation_outputs" VALUES('addxb09hq472:warn:idle:2026-11-28T10:00:00+00:00',2,'warn.tell_held_end','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084014318,1796084014323,'portable_json','notebook-bot',1796084014000);
INSERT INTO "operation_outputs" VALUES('wfi5zmy2itix:create:1',1,'create.check_capacity','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084016370,1796084016558,'portable_json','notebook-bot',1796084016000);
INSERT INTO "operation_outputs" VALUES('wfi5zmy2itix:create:1',2,'create.network_and_address','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084016561,1796084016569,'portable_json','notebook-bot',1796084016000);
INSERT INTO "operation_outputs" VALUES('wfi5zmy2itix:create:1',3,'create.nic','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084016572,1796084016575,'portable_json','notebook-bot',1796084016000);
INSERT INTO "operation_outputs" VALUES('wfi5zmy2itix:create:1',4,'create.vm','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084016576,1796084016580,'portable_json','notebook-bot',1796084016000);
INSERT INTO "operation_outputs" VALUES('wfi5zmy2itix:create:1',5,'create.connect','{"ending":"done","code":"","reason":""}',NULL,NULL,1796084016581,1796084016584,'portable_json','notebook-bot',1796084016000);
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
INSERT INTO "queues" VALUES('79E7B5A1F68CB47E4E9D762AEB9010B9','server-work',NULL,100,NULL,NULL,1,1,0.2,1796084007000,1796084007625,'notebook-bot',1,NULL,NULL,NULL);
CREATE TABLE servers (
	id VARCHAR(20) NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	owner VARCHAR(40) NOT NULL, 
	owner_name VARCHAR(200) NOT NULL, 
	platform VARCHAR(40) NOT NULL, 
	size VARCHAR(60) NOT NULL, 
	region VARCHAR(60) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	created_at DATETIME NOT NULL, 
	request_key VARCHAR(200) NOT NULL, 
	generation INTEGER NOT NULL, 
	stage VARCHAR(20) NOT NULL, 
	stage_detail TEXT NOT NULL, 
	price_per_hour VARCHAR(32), 
	url TEXT NOT NULL, 
	address VARCHAR(60) NOT NULL, 
	certificate_sha256 VARCHAR(100) NOT NULL, 
	failure TEXT NOT NULL, 
	failure_code VARCHAR(100) NOT NULL, 
	card_channel VARCHAR(40) NOT NULL, 
	card_ts VARCHAR(40) NOT NULL, 
	ready_at DATETIME, 
	ended_at DATETIME, 
	password_expires_at DATETIME, stopped_at DATETIME, release VARCHAR(40) DEFAULT '' NOT NULL, host_key_generation INTEGER DEFAULT '0' NOT NULL, people_version INTEGER DEFAULT '0' NOT NULL, people_applied INTEGER DEFAULT '0' NOT NULL, tls VARCHAR(20) DEFAULT 'self-signed' NOT NULL, tls_reason TEXT DEFAULT '' NOT NULL, packages TEXT DEFAULT '' NOT NULL, packages_applied TEXT DEFAULT '' NOT NULL, copy VARCHAR(20) DEFAULT '' NOT NULL, wished_size VARCHAR(60) DEFAULT '' NOT NULL, wished_price VARCHAR(32), copy_until DATETIME, password_shown_at DATETIME, password_used_at DATETIME, repository TEXT DEFAULT '' NOT NULL, repository_failure TEXT DEFAULT '' NOT NULL, keep_seconds INTEGER DEFAULT '0' NOT NULL, elsewhere TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_servers PRIMARY KEY (id), 
	CONSTRAINT uq_servers_request_key UNIQUE (request_key)
);
INSERT INTO "servers" VALUES('i5bjyrdhy9p6','report','U_ANA','ana','ubuntu','Standard_B2s','westeurope','deleted','2026-11-28 09:00:00.000000','1796084007651243948.b585136cf4481a06e2c7434af974480b',2,'hand_over','','0.0416','https://127.0.0.1/','127.0.0.1','AB:CD','','','D_ANA','1796084008.880012','2026-11-28 09:00:00.000000','2026-11-28 09:00:00.000000','2026-11-29 09:00:00.000000',NULL,'24.04',1,0,0,'self-signed','','','','cd185d96','',NULL,'2026-12-05 09:00:00.000000',NULL,'2026-11-28 09:00:00.000000','','',0,'');
INSERT INTO "servers" VALUES('addxb09hq472','sales','U_ANA','ana','ubuntu','Standard_B2s','westeurope','running','2026-11-28 09:00:00.000000','1796084009248555338.57f5a85be60b0291b481ec1bf2613661',1,'hand_over','','0.0416','https://127.0.0.1/','127.0.0.1','AB:CD','','','D_ANA','1796084009.334654','2026-11-28 09:00:00.000000',NULL,'2026-11-29 09:00:00.000000',NULL,'24.04',1,0,0,'self-signed','','','','','',NULL,NULL,NULL,'2026-11-28 09:00:00.000000','','',0,'');
INSERT INTO "servers" VALUES('wfi5zmy2itix','phoenix','U_ANA','ana','ubuntu','Standard_B2s','westeurope','creating','2026-11-28 10:03:00.000000','1796084016134655956.9ecc42071443c669fc069cc2bbe1b110',1,'set_up','packages','0.0416','','','','','','D_ANA','1796084016.563082',NULL,NULL,NULL,NULL,'24.04',1,0,0,'self-signed','','','','','',NULL,NULL,NULL,NULL,'','',0,'');
CREATE TABLE shares (
	server_id VARCHAR(20) NOT NULL, 
	member VARCHAR(40) NOT NULL, 
	member_name VARCHAR(200) NOT NULL, 
	since DATETIME NOT NULL, 
	ended_at DATETIME, 
	password_sent_at DATETIME, 
	card_channel VARCHAR(40) NOT NULL, 
	card_ts VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_shares PRIMARY KEY (server_id, member), 
	FOREIGN KEY(server_id) REFERENCES servers (id)
);
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE tellings (
	"key" VARCHAR(200) NOT NULL, 
	claimed_at DATETIME NOT NULL, 
	told_at DATETIME, 
	CONSTRAINT pk_tellings PRIMARY KEY ("key")
);
CREATE TABLE uses (
	server_id VARCHAR(20) NOT NULL, 
	until DATETIME NOT NULL, 
	since DATETIME NOT NULL, 
	use VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_uses PRIMARY KEY (server_id, until), 
	FOREIGN KEY(server_id) REFERENCES servers (id)
);
INSERT INTO "uses" VALUES('addxb09hq472','2026-11-28 10:00:00.000000','2026-11-28 09:00:00.000000','idle');
CREATE TABLE watches (
	server_id VARCHAR(20) NOT NULL, 
	version INTEGER NOT NULL, 
	generation INTEGER NOT NULL, 
	next_look_at DATETIME NOT NULL, 
	history TEXT NOT NULL, 
	notice_channel VARCHAR(40) NOT NULL, 
	notice_ts VARCHAR(40) NOT NULL, 
	ended_by VARCHAR(40) NOT NULL, 
	end_told BOOLEAN NOT NULL, schedule VARCHAR(60) DEFAULT '' NOT NULL, idle_minutes INTEGER, 
	CONSTRAINT pk_watches PRIMARY KEY (server_id), 
	FOREIGN KEY(server_id) REFERENCES servers (id)
);
INSERT INTO "watches" VALUES('i5bjyrdhy9p6',3,1,'2026-11-28 09:01:00.000000','{"started_at":"2026-11-28T09:00:00Z","stopped_at":null,"seen_at":"2026-11-28T09:00:00Z","idle_since":"2026-11-28T09:00:00Z","quiet_since":null,"quiet_work":[],"unknown_since":null,"unknown_why":"","admins_told":false,"notice":null,"keep_until":null,"finish_by":null,"was_busy":false,"zone":"Europe/Madrid","evidence":{"work":[],"cpu":0.0,"people":0,"last_used_at":null,"last_used_by":""},"kernels":[]}','','','',1,'',NULL);
INSERT INTO "watches" VALUES('addxb09hq472',10,1,'2026-11-28 10:05:00.000000','{"started_at":"2026-11-28T09:00:00Z","stopped_at":null,"seen_at":"2026-11-28T10:00:00Z","idle_since":"2026-11-28T09:00:00Z","quiet_since":null,"quiet_work":[],"unknown_since":null,"unknown_why":"","admins_told":false,"notice":{"kind":"idle","deadline":"2026-11-28T10:15:00Z","made_at":"2026-11-28T10:00:00Z","told":true},"keep_until":null,"finish_by":null,"was_busy":false,"zone":"Europe/Madrid","evidence":{"work":[],"cpu":0.0,"people":0,"last_used_at":null,"last_used_by":""},"kernels":[]}','D_ANA','1796084014.315824','',1,'',NULL);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_input" VALUES('i5bjyrdhy9p6:create:1','{"namedArgs":{},"positionalArgs":["create","i5bjyrdhy9p6",1]}',1796084007000);
INSERT INTO "workflow_input" VALUES('addxb09hq472:create:1','{"namedArgs":{},"positionalArgs":["create","addxb09hq472",1]}',1796084009000);
INSERT INTO "workflow_input" VALUES('addxb09hq472:redraw:password:2026-11-28T09:00:00+00:00','{"namedArgs":{},"positionalArgs":["redraw","addxb09hq472",1]}',1796084009000);
INSERT INTO "workflow_input" VALUES('i5bjyrdhy9p6:redraw:password:2026-11-28T09:00:00+00:00','{"namedArgs":{},"positionalArgs":["redraw","i5bjyrdhy9p6",1]}',1796084009000);
INSERT INTO "workflow_input" VALUES('i5bjyrdhy9p6:delete_with_copy:2','{"namedArgs":{},"positionalArgs":["delete_with_copy","i5bjyrdhy9p6",2]}',1796084009000);
INSERT INTO "workflow_input" VALUES('addxb09hq472:warn:idle:2026-11-28T10:00:00+00:00','{"namedArgs":{},"positionalArgs":["warn","addxb09hq472",1]}',1796084014000);
INSERT INTO "workflow_input" VALUES('wfi5zmy2itix:create:1','{"namedArgs":{},"positionalArgs":["create","wfi5zmy2itix",1]}',1796084016000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('i5bjyrdhy9p6:create:1','"done"',NULL,1796084009000);
INSERT INTO "workflow_output" VALUES('addxb09hq472:create:1','"done"',NULL,1796084009000);
INSERT INTO "workflow_output" VALUES('i5bjyrdhy9p6:redraw:password:2026-11-28T09:00:00+00:00','"done"',NULL,1796084009000);
INSERT INTO "workflow_output" VALUES('addxb09hq472:redraw:password:2026-11-28T09:00:00+00:00','"done"',NULL,1796084009000);
INSERT INTO "workflow_output" VALUES('i5bjyrdhy9p6:delete_with_copy:2','"done"',NULL,1796084009000);
INSERT INTO "workflow_output" VALUES('addxb09hq472:warn:idle:2026-11-28T10:00:00+00:00','"done"',NULL,1796084014000);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
INSERT INTO "workflow_schedules" VALUES('b6b5a4a6-8c97-4e5e-92c6-7a5ad8b499d2','approvals','tick.v1',NULL,'* * * * *','ACTIVE','"approvals"',NULL,0,NULL,NULL,'notebook-bot');
INSERT INTO "workflow_schedules" VALUES('5cf9159f-89d8-4e13-8f34-9ee182aa615f','idle-sweep','tick.v1',NULL,'0 0 29 2 *','ACTIVE','"idle-sweep"',NULL,0,NULL,NULL,'notebook-bot');
INSERT INTO "workflow_schedules" VALUES('e4e69b20-fe29-455b-a975-ab240bb9ee32','reconcile','tick.v1',NULL,'0 0 29 2 *','ACTIVE','"reconcile"',NULL,0,NULL,NULL,'notebook-bot');
INSERT INTO "workflow_schedules" VALUES('1f8cca74-d5bb-401a-aca5-c03eb6f1d4a7','awaken','tick.v1',NULL,'* * * * *','ACTIVE','"awaken"',NULL,0,NULL,NULL,'notebook-bot');
INSERT INTO "workflow_schedules" VALUES('91804e64-0ef7-4d6b-855b-9585545c5f75','copies','tick.v1',NULL,'0 0 29 2 *','ACTIVE','"copies"',NULL,0,NULL,NULL,'notebook-bot');
INSERT INTO "workflow_schedules" VALUES('5ab1995b-a979-4226-ab24-a88bbae7a405','recover','tick.v1',NULL,'*/5 * * * *','ACTIVE','"recover"',NULL,0,NULL,NULL,'notebook-bot');
INSERT INTO "workflow_schedules" VALUES('bd0c85cf-5642-44a8-ada6-17f3117df88c','forget','tick.v1',NULL,'17 3 * * *','ACTIVE','"forget"',NULL,0,NULL,NULL,'notebook-bot');
INSERT INTO "workflow_schedules" VALUES('6b180fd3-32be-4a6d-879e-b7883e002d9b','forget-uses','tick.v1',NULL,'27 3 * * *','ACTIVE','"forget-uses"',NULL,0,NULL,NULL,'notebook-bot');
INSERT INTO "workflow_schedules" VALUES('9cf11a4a-fb40-472d-81fd-870862f095de','leavers','tick.v1',NULL,'41 6 * * *','ACTIVE','"leavers"',NULL,0,NULL,NULL,'notebook-bot');
INSERT INTO "workflow_schedules" VALUES('5b0020d2-b220-494b-999d-9f2b5086d070','weekly-report','tick.v1',NULL,'2 * * * *','ACTIVE','"weekly-report"',NULL,0,NULL,NULL,'notebook-bot');
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO "workflow_status" VALUES('i5bjyrdhy9p6:create:1','SUCCESS','run.v1',NULL,NULL,NULL,NULL,NULL,NULL,'bot',1796084007000,1796084009000,'1','',NULL,NULL,1,'server-work',NULL,NULL,NULL,1796084008000,NULL,0,'i5bjyrdhy9p6',NULL,NULL,NULL,'portable_json',NULL,0,0,1796084009000,'null',NULL,NULL,0,'notebook-bot','e68daa0d-558d-4f6f-9778-9a9073800417');
INSERT INTO "workflow_status" VALUES('addxb09hq472:create:1','SUCCESS','run.v1',NULL,NULL,NULL,NULL,NULL,NULL,'bot',1796084009000,1796084009000,'1','',NULL,NULL,1,'server-work',NULL,NULL,NULL,1796084009000,NULL,0,'addxb09hq472',NULL,NULL,NULL,'portable_json',NULL,0,0,1796084009000,'null',NULL,NULL,0,'notebook-bot','7c560066-3d98-4e69-9084-ccad924eb094');
INSERT INTO "workflow_status" VALUES('addxb09hq472:redraw:password:2026-11-28T09:00:00+00:00','SUCCESS','run.v1',NULL,NULL,NULL,NULL,NULL,NULL,'bot',1796084009000,1796084009000,'1','',NULL,NULL,1,'server-work',NULL,NULL,NULL,1796084009000,NULL,0,'addxb09hq472',NULL,NULL,NULL,'portable_json',NULL,0,0,1796084009000,'null',NULL,NULL,0,'notebook-bot','a0344770-2d39-46f0-951f-21009a2ee162');
INSERT INTO "workflow_status" VALUES('i5bjyrdhy9p6:redraw:password:2026-11-28T09:00:00+00:00','SUCCESS','run.v1',NULL,NULL,NULL,NULL,NULL,NULL,'bot',1796084009000,1796084009000,'1','',NULL,NULL,1,'server-work',NULL,NULL,NULL,1796084009000,NULL,0,'i5bjyrdhy9p6',NULL,NULL,NULL,'portable_json',NULL,0,0,1796084009000,'null',NULL,NULL,0,'notebook-bot','bdaefb40-2290-414d-9b9e-a66b1cfd16a7');
INSERT INTO "workflow_status" VALUES('i5bjyrdhy9p6:delete_with_copy:2','SUCCESS','run.v1',NULL,NULL,NULL,NULL,NULL,NULL,'bot',1796084009000,1796084009000,'1','',NULL,NULL,1,'server-work',NULL,NULL,NULL,1796084009000,NULL,0,'i5bjyrdhy9p6',NULL,NULL,NULL,'portable_json',NULL,0,0,1796084009000,'null',NULL,NULL,0,'notebook-bot','f49beea5-d773-4403-87f8-7eb125f0de9b');
INSERT INTO "workflow_status" VALUES('addxb09hq472:warn:idle:2026-11-28T10:00:00+00:00','SUCCESS','run.v1',NULL,NULL,NULL,NULL,NULL,NULL,'bot',1796084014000,1796084014000,'1','',NULL,NULL,1,'server-work',NULL,NULL,NULL,1796084014000,NULL,0,'addxb09hq472',NULL,NULL,NULL,'portable_json',NULL,0,0,1796084014000,'null',NULL,NULL,0,'notebook-bot','63320586-b349-4dde-a111-55dfe09a8245');
INSERT INTO "workflow_status" VALUES('wfi5zmy2itix:create:1','PENDING','run.v1',NULL,NULL,NULL,NULL,NULL,NULL,'bot',1796084016000,1796084016000,'1','',NULL,NULL,1,'server-work',NULL,NULL,NULL,1796084016000,NULL,0,'wfi5zmy2itix',NULL,'108f486a-e46d-4837-b5a8-31481ce7b8f1',NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'notebook-bot','a0655bbc-25e1-4be6-8dfb-58d804aacad4');
CREATE INDEX ix_events_at ON events (at);
CREATE INDEX ix_events_server_id ON events (server_id);
CREATE INDEX ix_servers_owner ON servers (owner);
CREATE INDEX ix_servers_status ON servers (status);
CREATE UNIQUE INDEX uq_servers_live_name ON servers (name) WHERE status not in ('deleted', 'failed');
CREATE INDEX ix_watches_next_look_at ON watches (next_look_at);
CREATE INDEX ix_shares_member ON shares (member);
CREATE INDEX ix_held_messages_due_at ON held_messages (due_at);
CREATE INDEX ix_events_owner ON events (owner);
CREATE INDEX ix_approvals_status ON approvals (status);
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
COMMIT;

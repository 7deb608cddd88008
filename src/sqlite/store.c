/* The store on SQLite: one table, one transaction from the first change to the flush. */
#include <mtproto/sqlite.h>

#include <sqlite3.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE_SECRET 0600

/* In the header of the file: whose it is ("MTPr") and the version of its table. */
#define APPLICATION_ID 0x4d545072
#define VERSION        1

enum statement { LOAD, SAVE, REMOVE, EACH, BEGIN, COMMIT, STATEMENTS };

static const char *const texts[STATEMENTS] = {
	[LOAD] = "SELECT data FROM entry WHERE kind = ?1 AND id = ?2",
	[SAVE] = "INSERT OR REPLACE INTO entry (kind, id, data) VALUES (?1, ?2, ?3)",
	[REMOVE] = "DELETE FROM entry WHERE kind = ?1 AND id = ?2",
	[EACH] = "SELECT id, data FROM entry WHERE kind = ?1",
	[BEGIN] = "BEGIN",
	[COMMIT] = "COMMIT",
};

/* A file of another program, a newer one of ours and a damaged one are told apart before anything is written. */
static const char set_up[] = "PRAGMA locking_mode = EXCLUSIVE;"
			     "PRAGMA synchronous = FULL;"
			     "PRAGMA secure_delete = ON;"
			     "PRAGMA temp_store = MEMORY;"
			     "PRAGMA trusted_schema = OFF;";

static const char create_table[] = "CREATE TABLE entry (kind INTEGER NOT NULL, id INTEGER NOT NULL, data BLOB NOT NULL,"
				   " PRIMARY KEY (kind, id)) WITHOUT ROWID;";

struct database {
	sqlite3 *handle;
	sqlite3_stmt *statements[STATEMENTS];
};

static int error_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return MTPROTO_ERR_MEMORY;
	case SQLITE_TOOBIG:
		return MTPROTO_ERR_LIMIT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return MTPROTO_ERR_STATE;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return MTPROTO_ERR_STATE_FORMAT;
	default:
		return MTPROTO_ERR_IO;
	}
}

/* ---- The store's functions ---- */

/* What the last call gave out ends with it. */
static sqlite3_stmt *prepare(struct database *database, enum statement which, uint32_t kind, int64_t id)
{
	sqlite3_stmt *statement = database->statements[which];

	sqlite3_reset(database->statements[LOAD]);
	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, kind);
	sqlite3_bind_int64(statement, 2, id);
	return statement;
}

static int finish(sqlite3_stmt *statement, int code)
{
	int error = error_of(code);

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return error;
}

static int run(struct database *database, enum statement which)
{
	sqlite3_stmt *statement = database->statements[which];

	return finish(statement, sqlite3_step(statement));
}

static int begin(struct database *database)
{
	sqlite3_reset(database->statements[LOAD]);
	return sqlite3_get_autocommit(database->handle) ? run(database, BEGIN) : 0;
}

static struct mtproto_span blob(sqlite3_stmt *statement, int column)
{
	struct mtproto_span span = {sqlite3_column_blob(statement, column), 0};

	span.len = (size_t)sqlite3_column_bytes(statement, column);
	return span;
}

static int load(void *user, uint32_t kind, int64_t id, struct mtproto_span *out)
{
	sqlite3_stmt *statement = prepare(user, LOAD, kind, id);
	int code = sqlite3_step(statement);

	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? MTPROTO_ERR_NOT_FOUND : error_of(code);
	*out = blob(statement, 0);
	return out->len > 0 && !out->data ? MTPROTO_ERR_MEMORY : 0;
}

static int save(void *user, uint32_t kind, int64_t id, const void *data, size_t len)
{
	struct database *database = user;
	int error = begin(database);
	sqlite3_stmt *statement;
	int code;

	if (error)
		return error;
	statement = prepare(database, SAVE, kind, id);
	/* A pointer that is NULL would be stored as NULL instead of as no bytes. */
	code = sqlite3_bind_blob64(statement, 3, len ? data : "", len, SQLITE_STATIC);
	return finish(statement, code == SQLITE_OK ? sqlite3_step(statement) : code);
}

static int forget(void *user, uint32_t kind, int64_t id)
{
	struct database *database = user;
	int error = begin(database);
	sqlite3_stmt *statement;

	if (error)
		return error;
	statement = prepare(database, REMOVE, kind, id);
	error = finish(statement, sqlite3_step(statement));
	return !error && sqlite3_changes(database->handle) == 0 ? MTPROTO_ERR_NOT_FOUND : error;
}

static int each(void *user, uint32_t kind, int (*visit)(void *visitor, int64_t id, struct mtproto_span data),
		void *visitor)
{
	struct database *database = user;
	sqlite3_stmt *statement = database->statements[EACH];
	int result = 0;
	int code;

	sqlite3_bind_int64(statement, 1, kind);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW && result == 0)
		result = visit(visitor, sqlite3_column_int64(statement, 0), blob(statement, 1));
	code = finish(statement, code);
	return result ? result : code;
}

static int flush(void *user)
{
	struct database *database = user;

	sqlite3_reset(database->statements[LOAD]);
	return sqlite3_get_autocommit(database->handle) ? 0 : run(database, COMMIT);
}

/* What was not flushed is not kept: a program that ends in the middle of a batch leaves none of it. */
static void close_database(void *user)
{
	struct database *database = user;

	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(database->statements[i]);
	sqlite3_close(database->handle);
	sqlite3_free(database);
}

/* ---- Opening ---- */

static int run_text(sqlite3 *handle, const char *text)
{
	return error_of(sqlite3_exec(handle, text, NULL, NULL, NULL));
}

/* The one number that a query gives; *out is -1 when it gives none. */
static int ask(sqlite3 *handle, const char *text, int64_t *out)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(handle, text, -1, &statement, NULL);

	*out = -1;
	if (code != SQLITE_OK)
		return error_of(code);
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return error_of(code);
}

static int make_table(sqlite3 *handle)
{
	char text[sizeof(create_table) + 128];

	(void)snprintf(text, sizeof(text), "%s PRAGMA application_id = %d; PRAGMA user_version = %d;", create_table,
		       APPLICATION_ID, VERSION);
	return run_text(handle, text);
}

/* quick_check reads all pages, so that damage is noticed before it spreads. */
static int check_table(sqlite3 *handle, const char **why)
{
	int64_t application_id, version, tables, sound;
	int error = ask(handle, "PRAGMA application_id", &application_id);

	if (!error)
		error = ask(handle, "PRAGMA user_version", &version);
	if (!error)
		error = ask(handle, "SELECT count(*) FROM sqlite_master", &tables);
	if (error)
		return error;
	if (application_id == 0 && version == 0 && tables == 0)
		return make_table(handle);
	if (application_id != APPLICATION_ID) {
		*why = "this is the database of another program";
		return MTPROTO_ERR_STATE_FORMAT;
	}
	if (version > VERSION) {
		*why = "it was made by a newer version of this library";
		return MTPROTO_ERR_STATE_VERSION;
	}
	error = ask(handle, "SELECT quick_check = 'ok' FROM pragma_quick_check(1)", &sound);
	if (!error && sound != 1)
		error = MTPROTO_ERR_STATE_FORMAT;
	return error;
}

/* The transaction takes the lock that locking_mode keeps from then on. */
static int set_up_database(struct database *database, const char **why)
{
	sqlite3 *handle = database->handle;
	int error = run_text(handle, set_up);

	if (!error)
		error = run_text(handle, "BEGIN EXCLUSIVE");
	if (!error)
		error = check_table(handle, why);
	if (!error)
		error = run_text(handle, "COMMIT");
	for (int i = 0; i < STATEMENTS && !error; i++)
		error = error_of(sqlite3_prepare_v3(handle, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
						    &database->statements[i], NULL));
	return error;
}

/* SQLite would make the file with the modes of the umask. It is not opened when it exists: closing it would give up the
 * locks of another store of this process on it. */
static int prepare_file(const char *path, bool create, const char **why)
{
	int fd = create ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, MODE_SECRET) : -1;
	struct stat info;

	if (fd >= 0) {
		(void)close(fd);
		return 0;
	}
	if (stat(path, &info) != 0) {
		*why = strerror(errno);
		return errno == ENOENT ? MTPROTO_ERR_NOT_FOUND : MTPROTO_ERR_IO;
	}
	*why = S_ISREG(info.st_mode) ? NULL : "this is not a file";
	return *why ? MTPROTO_ERR_STATE_FORMAT : 0;
}

static const char *explain(int error, sqlite3 *handle)
{
	switch (error) {
	case MTPROTO_ERR_STATE:
		return "another process has it open";
	case MTPROTO_ERR_STATE_FORMAT:
		return "this is not a store, or a damaged one";
	case MTPROTO_ERR_IO:
		return handle ? sqlite3_errmsg(handle) : mtproto_strerror(error);
	default:
		return mtproto_strerror(error);
	}
}

static int open_database(struct database *database, const char *path, bool create, char *reason, size_t cap)
{
	const char *why = NULL;
	int error = prepare_file(path, create, &why);

	if (!error)
		error = error_of(
			sqlite3_open_v2(path, &database->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
	if (!error)
		error = set_up_database(database, &why);
	if (!error && chmod(path, MODE_SECRET) != 0) {
		why = strerror(errno);
		error = MTPROTO_ERR_IO;
	}
	if (error && cap > 0)
		(void)snprintf(reason, cap, "%s", why ? why : explain(error, database->handle));
	return error;
}

int mtproto_store_open_sqlite(struct mtproto_store *out, const char *path, bool create, char *reason, size_t cap)
{
	struct database *database;
	int error;

	memset(out, 0, sizeof(*out));
	if (cap > 0)
		reason[0] = '\0';
	if (!path[0] || path[0] == ':')
		return MTPROTO_ERR_ARGUMENT;
	database = sqlite3_malloc(sizeof(*database));
	if (!database)
		return MTPROTO_ERR_MEMORY;
	memset(database, 0, sizeof(*database));
	error = open_database(database, path, create, reason, cap);
	if (error) {
		close_database(database);
		return error;
	}
	*out = (struct mtproto_store){database, load, save, forget, each, flush, close_database};
	return 0;
}

/* Schemas: what is read, what is refused and where. Ids are those of Telegram's pages, or were computed with Python's
 * zlib.crc32 over the normal form. */
#include <mtproto/schema.h>

#include "tl/schema_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- Ids ---- */

static void assert_id(const char *text, uint32_t expected)
{
	struct mtproto_schema_error error;
	uint32_t id;

	assert_int_equal(mtproto_schema_compute_id(&id, text, strlen(text), &error), 0);
	assert_int_equal(id, expected);
}

static void an_id_is_the_crc32_of_the_normal_form(void **state)
{
	(void)state;
	assert_id("boolTrue = Bool", 0x997275b5);
	assert_id("boolTrue#00000001 = Bool;", 0x997275b5);
	assert_id("  true\n\t=   True ; // a comment", 0x3fedd339);
	assert_id("error code:int /* between */ text:string = Error", 0xc4b9f9bb);
	/* <...> is an application, bytes are strings. */
	assert_id("resPQ nonce:int128 server_nonce:int128 pq:bytes server_public_key_fingerprints:Vector<long> = ResPQ",
		  0x05162463);
	assert_id("msg_container messages:vector<message> = MessageContainer", 0x73f1f8dc);
	assert_id("auth.exportedAuthorization id:long bytes:bytes = auth.ExportedAuthorization;", 0xb434e2b8);
	/* Optional fields of type true are left out, braces are no part of it. */
	assert_id("updates.channelDifferenceEmpty flags:# final:flags.0?true pts:int timeout:flags.1?int = "
		  "updates.ChannelDifference",
		  0x3e11affb);
	assert_id("invokeWithLayer {X:Type} layer:int query:!X = X", 0xda9b0d0d);
	assert_id("auth.loggedOut flags:# future_auth_token:flags.0?bytes = auth.LoggedOut", 0xc3a2835f);
}

static void an_id_in_the_text_wins(void **state)
{
	static const char text[] = "ipPortSecret#37982646 ipv4:int port:int secret:bytes = IpPort;";
	struct mtproto_schema *schema = schema_of("x.tl", text, strlen(text));
	const struct mtproto_combinator *found = mtproto_schema_by_id(schema, 0x37982646);

	(void)state;
	assert_non_null(found);
	assert_string_equal(found->name, "ipPortSecret");
	assert_int_equal(found->id_computed, 0x402d9b47);
	assert_null(mtproto_schema_by_id(schema, 0x402d9b47));
	mtproto_schema_free(schema);
}

/* ---- What is read ---- */

static const char own_schema[] = "// LAYER 7\n"
				 "int ? = Int;\n"
				 "int128 4*[ int ] = Int128;\n"
				 "vector#1cb5c415 {t:Type} # [ t ] = Vector t;\n"
				 "point#00000010 x:int y:int = Point;\n"
				 "line#00000011 from:point to:%Line.End = Line; /* bare\n in two ways */\n"
				 "line.end#00000012 at:Point = Line.End;\n"
				 "path#00000013 flags:# closed:flags.0?true points:vector<point> flags2:# "
				 "name:flags2.31?string lines:flags.1?Vector<Line> = Path;\n"
				 "grid#00000014 rows:(Vector (vector int)) = Grid;\n"
				 "---functions---\n"
				 "draw#00000020 path:Path = Vector<Point>;\n"
				 "twice#00000021 {X:Type} query:!X again:X = X;\n"
				 "---types---\n"
				 "last#00000015 = Point;";

static const struct mtproto_field *field(const struct mtproto_schema *schema, const char *name, uint32_t index)
{
	const struct mtproto_combinator *combinator = mtproto_schema_by_name(schema, name);

	assert_non_null(combinator);
	assert_true(index < combinator->field_count);
	return &combinator->fields[index];
}

static void assert_type(const struct mtproto_type *type, const char *text)
{
	char buffer[100];

	mtproto_type_text(buffer, sizeof(buffer), type);
	assert_string_equal(buffer, text);
}

static void types_are_boxed_or_bare(void **state)
{
	struct mtproto_schema *schema = schema_of("own.tl", own_schema, strlen(own_schema));

	(void)state;
	assert_int_equal(field(schema, "line", 0)->type->kind, MTPROTO_TYPE_BARE);
	assert_ptr_equal(field(schema, "line", 0)->type->bare, mtproto_schema_by_name(schema, "point"));
	assert_int_equal(field(schema, "line", 1)->type->kind, MTPROTO_TYPE_BARE);
	assert_ptr_equal(field(schema, "line", 1)->type->bare, mtproto_schema_by_name(schema, "line.end"));
	assert_int_equal(field(schema, "line.end", 0)->type->kind, MTPROTO_TYPE_BOXED);
	assert_type(field(schema, "path", 2)->type, "vector<point>");
	assert_type(field(schema, "path", 5)->type, "Vector<Line>");
	assert_type(field(schema, "grid", 0)->type, "Vector<vector<int>>");
	assert_ptr_equal(mtproto_schema_type(schema, "Vector<vector<int>>"), field(schema, "grid", 0)->type);
	assert_null(mtproto_schema_type(schema, "Vector<Grid>"));
	assert_null(mtproto_schema_type(schema, "Nothing"));
	mtproto_schema_free(schema);
}

static void flags_belong_to_their_words(void **state)
{
	struct mtproto_schema *schema = schema_of("own.tl", own_schema, strlen(own_schema));

	(void)state;
	assert_int_equal(field(schema, "path", 0)->flags, MTPROTO_FIELD_ALWAYS);
	assert_int_equal(field(schema, "path", 1)->flags, 0);
	assert_int_equal(field(schema, "path", 1)->type->kind, MTPROTO_TYPE_TRUE);
	assert_int_equal(field(schema, "path", 4)->flags, 3);
	assert_int_equal(field(schema, "path", 4)->word, 1);
	assert_int_equal(field(schema, "path", 4)->bit, 31);
	assert_int_equal(field(schema, "path", 5)->flags, 0);
	assert_int_equal(field(schema, "path", 5)->word, 0);
	/* flags, the count of points, flags2 */
	assert_int_equal(mtproto_schema_by_name(schema, "path")->size_min, 12);
	assert_int_equal(mtproto_schema_by_name(schema, "line")->size_min, 8 + 4);
	mtproto_schema_free(schema);
}

static void sections_tell_methods_from_constructors(void **state)
{
	struct mtproto_schema *schema = schema_of("own.tl", own_schema, strlen(own_schema));
	const struct mtproto_type *point = mtproto_schema_type(schema, "Point");

	(void)state;
	assert_true(mtproto_schema_by_name(schema, "draw")->is_function);
	assert_type(mtproto_schema_by_name(schema, "draw")->result, "Vector<Point>");
	assert_int_equal(field(schema, "twice", 0)->type->kind, MTPROTO_TYPE_FUNCTION);
	assert_int_equal(field(schema, "twice", 1)->type->kind, MTPROTO_TYPE_OBJECT);
	assert_false(mtproto_schema_by_name(schema, "last")->is_function);
	assert_int_equal(point->named->constructor_count, 2);
	assert_ptr_equal(mtproto_schema_by_name_of_type(schema, "last", point), point->named->constructors[1]);
	assert_null(mtproto_schema_by_name_of_type(schema, "line", point));
	assert_int_equal(mtproto_schema_layer(schema), 7);
	mtproto_schema_free(schema);
}

static void the_builtin_schema_is_there(void **state)
{
	struct mtproto_schema *schema;

	(void)state;
	assert_int_equal(mtproto_schema_new_builtin(&schema, NULL), 0);
	assert_int_equal(mtproto_schema_by_name(schema, "resPQ")->id, 0x05162463);
	assert_int_equal(mtproto_schema_by_name(schema, "config")->id, 0xcc1a241e);
	assert_int_equal(mtproto_schema_by_name(schema, "config#330b4067")->id, 0x330b4067);
	assert_null(mtproto_schema_by_name(schema, "config#330b4068"));
	assert_null(mtproto_schema_by_name(schema, "config#"));
	assert_null(mtproto_schema_by_name(schema, "nothing"));
	assert_true(mtproto_schema_by_name(schema, "updates.getDifference")->is_function);
	for (uint32_t i = 0; i < mtproto_schema_count(schema); i++)
		assert_int_equal(mtproto_schema_at(schema, i)->id, mtproto_schema_at(schema, i)->id_computed);
	mtproto_schema_free(schema);
}

static void a_later_schema_replaces_what_has_the_same_id(void **state)
{
	static const char text[] = "pong#347773c5 other:string = Pong;\nconfig#00000077 = Config;";
	struct mtproto_schema *schema = schema_of("x.tl", text, strlen(text));

	(void)state;
	assert_int_equal(mtproto_schema_by_id(schema, 0x347773c5)->field_count, 1);
	assert_int_equal(mtproto_schema_type(schema, "Pong")->named->constructor_count, 1);
	/* The others of the type stay, the name means the newest. */
	assert_int_equal(mtproto_schema_by_name(schema, "config")->id, 0x77);
	assert_int_equal(mtproto_schema_type(schema, "Config")->named->constructor_count, 4);
	mtproto_schema_free(schema);
}

static void a_schema_keeps_the_bare_types_it_was_written_with(void **state)
{
	static const char text[] = "message#00000030 id:int = Message;\nbox#00000031 inner:message = Box;";
	struct mtproto_schema *schema = schema_of("x.tl", text, strlen(text));

	(void)state;
	assert_int_equal(field(schema, "msg_container", 0)->type->element->bare->id, 0x5bb8e511);
	assert_int_equal(field(schema, "box", 0)->type->bare->id, 0x30);
	mtproto_schema_free(schema);
}

/* The API as TDLib has it: 2,468 declarations, seven of them of native types; nine have ids given by hand. */
static void the_whole_api_is_read(void **state)
{
	struct mtproto_schema *schema = schema_of_file(API_SCHEMA);
	unsigned from_file = 0, differ = 0;

	(void)state;
	for (uint32_t i = 0; i < mtproto_schema_count(schema); i++) {
		const struct mtproto_combinator *each = mtproto_schema_at(schema, i);

		from_file += strcmp(each->place.source, API_SCHEMA) == 0;
		differ += each->id != each->id_computed;
	}
	assert_int_equal(from_file, 2461);
	assert_int_equal(differ, 9);
	/* The form with its query is the one that the id means. */
	assert_string_equal(mtproto_schema_by_id(schema, 0xdd289f8e)->name, "invokeWithBusinessConnection");
	assert_non_null(mtproto_schema_by_name(schema, "invokeWithBusinessConnectionPrefix"));
	mtproto_schema_free(schema);
}

/* ---- What is refused ---- */

struct refusal {
	const char *text;
	const char *error;
};

static const struct refusal refusals[] = {
	/* syntax */
	{"foo", "s.tl:1:4: \"=\" is expected here, not the end of the text"},
	{"foo x:int = Foo", "s.tl:1:16: \";\" is expected here, not the end of the text"},
	{"foo x:int;", "s.tl:1:10: \"=\" is expected here, not \";\""},
	{"\n\n  foo x int = Foo;", "s.tl:3:9: \":\" is expected here: a field is name:type, not \"int\""},
	{"foo = ;", "s.tl:1:7: a name is expected here, not \";\""},
	{"= Foo;", "s.tl:1:1: a declaration is expected here, not \"=\""},
	{"Foo x:int = Foo;",
	 "s.tl:1:1: the name of a constructor or method, with a small letter, is expected here, not \"Foo\""},
	{"foo int = Foo;", "s.tl:1:9: \":\" is expected here: a field is name:type, not \"=\""},
	{"foo # = Foo;", "s.tl:1:5: a field needs a name and a colon before its type, not \"#\""},
	{"foo _:int = Foo;", "s.tl:1:5: a name that begins with a letter is expected here, not \"_\""},
	{"foo x:Vector<int = Foo;", "s.tl:1:18: \">\" is expected here, not \"=\""},
	{"foo x:(Vector int = Foo;", "s.tl:1:19: \")\" is expected here, not \"=\""},
	{"foo x:4*[int] = Foo;", "s.tl:1:8: repetitions are for vectors only"},
	{"foo n:# [ x:int ] = Foo;", "s.tl:1:9: repetitions are for vectors only"},
	{"foo x:int = Foo; /* open", "s.tl:1:18: a declaration is expected here, not a comment without an end"},
	{"foo @ = Foo;", "s.tl:1:5: a name is expected here, not a byte that means nothing in TL"},
	{"---type---\nfoo = Foo;", "s.tl:1:1: a declaration is expected here, not a byte that means nothing in TL"},
	{"foo {X:Kind} = Foo;", "s.tl:1:8: \"Type\" is expected here, not \"Kind\""},
	{"foo {X:Type} {Y:Type} = Foo;", "s.tl:1:15: one {X:Type} may stand, before all fields"},
	{"foo flags:# x:flags.32?int = Foo;", "s.tl:1:15: flags have the bits 0 to 31"},
	{"foo flags:# x:flags.?int = Foo;", "s.tl:1:15: a condition such as flags.0 is expected here, not \"flags.\""},
	{"foo flags:# x:flags?int = Foo;", "s.tl:1:15: a condition such as flags.0 is expected here, not \"flags\""},
	{"foo x:Vector<Vector<Vector<Vector<Vector<Vector<Vector<Vector<Vector<int>>>>>>>>> = Foo;",
	 "s.tl:1:63: types are nested too deep"},
	/* ids */
	{"foo#123456789 = Foo;", "s.tl:1:5: an id of at most 8 hexadecimal digits is expected here, not \"123456789\""},
	{"foo#12xy = Foo;", "s.tl:1:5: an id of at most 8 hexadecimal digits is expected here, not \"12xy\""},
	{"foo# = Foo;", "s.tl:1:6: an id of at most 8 hexadecimal digits is expected here, not \"=\""},
	{"foo#1 = Foo;\nbar#00000001 x:int = Bar;", "s.tl:2:1: the id #00000001 of bar is taken by foo, line 1"},
	{"foo#1 = Foo;\nfoo#1 = Foo;", "s.tl:2:1: the id #00000001 of foo is taken by foo, line 1"},
	{"---functions---\nfoo#1 a:int = Bool;\nfoo#1 b:int = Bool;",
	 "s.tl:3:1: the id #00000001 of foo is taken by foo, line 2"},
	/* types */
	{"foo x:int y:Bar = Foo;", "s.tl:1:13: foo: unknown type Bar"},
	{"foo x:bar = Foo;", "s.tl:1:7: foo: unknown type bar"},
	{"---functions---\nfoo = Bar;", "s.tl:2:7: foo: unknown type Bar"},
	{"foo x:Vector = Foo;", "s.tl:1:7: foo: a vector of what?"},
	{"foo x:Vector<Bar> = Foo;", "s.tl:1:14: foo: unknown type Bar"},
	{"foo x:Bool<int> = Foo;", "s.tl:1:7: foo: only a vector is of another type"},
	{"foo x:%Bool2 = Foo;\na = Bool2;\nb = Bool2;",
	 "s.tl:1:8: foo: % stands before a type that has not exactly one constructor"},
	{"foo x:!Bool = Foo;", "s.tl:1:8: foo: ! stands before a type that is no variable"},
	{"foo = foo;", "s.tl:1:7: foo: a constructor belongs to a type whose name begins with a capital"},
	{"foo {X:Type} q:!X = X;", "s.tl:1:21: foo: a constructor belongs to a type whose name begins with a capital"},
	{"foo x:flags.0?int = Foo;", "s.tl:1:15: foo: flags is no earlier field of type #"},
	{"foo x:flags.0?int flags:# = Foo;", "s.tl:1:15: foo: flags is no earlier field of type #"},
	{"foo flags:int x:flags.0?int = Foo;", "s.tl:1:25: foo: flags is no earlier field of type #"},
	{"foo x:int x:int = Foo;", "s.tl:1:13: foo: two fields have the name x"},
	{"foo a:# b:# c:# d:# e:# f:# g:# h:# i:# = Foo;", "s.tl:1:1: foo: more than 8 fields of type #"},
	/* cycles */
	{"foo x:Foo = Foo;", "s.tl:1:1: a cycle: every value of foo contains another one"},
	{"a = A;\nfoo x:bar = Foo;\nbar x:Foo = Bar;", "s.tl:2:1: a cycle: every value of foo contains another one"},
	{"foo x:Foo = Foo;\nbar y:%Baz = Foo;\nbaz z:Foo = Baz;",
	 "s.tl:1:1: a cycle: every value of foo contains another one"},
};

static void assert_refused(const char *text, const char *expected)
{
	size_t len = strlen(text);
	char *copy = malloc(len);
	char found[300] = "nothing";
	struct mtproto_schema_builder *builder;
	struct mtproto_schema *schema = NULL;
	int error;

	assert_non_null(copy);
	memcpy(copy, text, len);
	assert_int_equal(mtproto_schema_builder_new(&builder, NULL), 0);
	error = mtproto_schema_builder_add_text(builder, "s.tl", copy, len);
	if (!error)
		error = mtproto_schema_builder_finish(&schema, builder);
	assert_null(schema);
	assert_int_not_equal(error, 0);
	assert_int_equal(error, mtproto_schema_builder_error(builder)->code);
	mtproto_schema_error_text(found, sizeof(found), mtproto_schema_builder_error(builder));
	assert_string_equal(found, expected);
	/* It stays broken. */
	assert_int_equal(mtproto_schema_builder_add_text(builder, "t.tl", "a = A;", 6), error);
	assert_int_equal(mtproto_schema_builder_finish(&schema, builder), error);
	mtproto_schema_builder_free(builder);
	free(copy);
}

static void errors_name_file_line_column_and_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		assert_refused(refusals[i].text, refusals[i].error);
}

static void what_ends_is_no_cycle(void **state)
{
	static const char text[] = "a x:A = A;\nb = A;\n"
				   "c x:Vector<C> = C;\n"
				   "d flags:# x:flags.0?D = D;\n"
				   "e x:F = E;\nf x:E = F;\ng = E;";
	struct mtproto_schema *schema = schema_of("x.tl", text, strlen(text));

	(void)state;
	mtproto_schema_free(schema);
}

static void limits_hold(void **state)
{
	char text[MTPROTO_SCHEMA_FIELDS_MAX * 12 + 200];
	char name[MTPROTO_SCHEMA_NAME_MAX + 2];
	size_t len;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "%s = A;", name);
	assert_refused(text, "s.tl:1:1: this name is too long");
	snprintf(text, sizeof(text), "%s = A;", name + 1);
	mtproto_schema_free(schema_of("x.tl", text, strlen(text)));

	len = (size_t)snprintf(text, sizeof(text), "a");
	for (unsigned i = 0; i < MTPROTO_SCHEMA_FIELDS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " x%03u:int", i);
	snprintf(text + len, sizeof(text) - len, " = A;");
	mtproto_schema_free(schema_of("x.tl", text, strlen(text)));
	snprintf(text + len, sizeof(text) - len, "\nlast:int = A;");
	assert_refused(text, "s.tl:2:1: too many fields");
}

static void every_cut_of_a_schema_is_read_or_refused(void **state)
{
	(void)state;
	for (size_t len = 0; len < strlen(own_schema); len++) {
		char *copy = malloc(len ? len : 1);
		struct mtproto_schema_builder *builder;
		struct mtproto_schema *schema = NULL;

		assert_non_null(copy);
		memcpy(copy, own_schema, len);
		assert_int_equal(mtproto_schema_builder_new(&builder, NULL), 0);
		if (!mtproto_schema_builder_add_text(builder, "cut", copy, len) &&
		    mtproto_schema_builder_finish(&schema, builder))
			assert_int_equal(mtproto_schema_builder_error(builder)->code, MTPROTO_ERR_SCHEMA);
		mtproto_schema_free(schema);
		mtproto_schema_builder_free(builder);
		free(copy);
	}
}

/* ---- Memory ---- */

struct counted {
	unsigned left;
	unsigned given;
};

static void *counted_alloc(void *user, size_t size)
{
	struct counted *counted = user;

	if (counted->left == 0)
		return NULL;
	counted->left--;
	counted->given++;
	return malloc(size);
}

static void counted_release(void *user, void *memory, size_t size)
{
	struct counted *counted = user;

	(void)size;
	counted->given--;
	free(memory);
}

static void run_out_of_memory(const char *text)
{
	bool done = false;

	for (unsigned allowed = 0; !done; allowed++) {
		struct counted counted = {allowed, 0};
		struct mtproto_allocator allocator = {counted_alloc, counted_release, &counted};
		struct mtproto_schema_builder *builder = NULL;
		struct mtproto_schema *schema = NULL;
		int error = mtproto_schema_builder_new(&builder, &allocator);

		if (!error)
			error = mtproto_schema_builder_add_text(builder, "own.tl", text, strlen(text));
		if (!error)
			error = mtproto_schema_builder_finish(&schema, builder);
		done = error == 0;
		assert_int_equal(error, done ? 0 : MTPROTO_ERR_MEMORY);
		mtproto_schema_builder_free(builder);
		mtproto_schema_free(schema);
		assert_int_equal(counted.given, 0);
	}
}

/* Memory is taken in large pieces. With each line more, other things are the first that find none. */
static void every_failing_allocation_is_reported(void **state)
{
	char text[sizeof(own_schema) + 32 * 32];
	size_t len = strlen(own_schema);

	(void)state;
	memcpy(text, own_schema, sizeof(own_schema));
	for (unsigned line = 0; line < 32; line++) {
		run_out_of_memory(text);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "\nmore%u x:int = More%u;", line, line);
		assert_true(len < sizeof(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_the_crc32_of_the_normal_form),
		cmocka_unit_test(an_id_in_the_text_wins),
		cmocka_unit_test(types_are_boxed_or_bare),
		cmocka_unit_test(flags_belong_to_their_words),
		cmocka_unit_test(sections_tell_methods_from_constructors),
		cmocka_unit_test(the_builtin_schema_is_there),
		cmocka_unit_test(a_later_schema_replaces_what_has_the_same_id),
		cmocka_unit_test(a_schema_keeps_the_bare_types_it_was_written_with),
		cmocka_unit_test(the_whole_api_is_read),
		cmocka_unit_test(errors_name_file_line_column_and_reason),
		cmocka_unit_test(what_ends_is_no_cycle),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(every_cut_of_a_schema_is_read_or_refused),
		cmocka_unit_test(every_failing_allocation_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

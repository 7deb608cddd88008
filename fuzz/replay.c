/* Runs a fuzz target without a fuzzer: on every file of a directory, on its prefixes and with its bits flipped. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Long seeds are damaged at so many places, evenly spread, to keep the test short. */
enum { DAMAGES_MAX = 512 };

static void fail(const char *what, const char *path)
{
	fprintf(stderr, "replay: %s %s\n", what, path);
	exit(1);
}

/* Runs the target on a block of exactly len bytes, so that a sanitizer sees any access past its end. */
static void run(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		fail("out of memory", "");
	if (len)
		memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void run_damaged(uint8_t *data, size_t len)
{
	size_t step = len / DAMAGES_MAX + 1;

	run(data, len);
	for (size_t i = 0; i < len; i += step) {
		uint8_t bit = (uint8_t)(1u << (i / step % 8));

		run(data, i);
		data[i] ^= bit;
		run(data, len);
		data[i] ^= bit;
	}
}

static uint8_t *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long size = -1;

	if (file && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size < 0 || fseek(file, 0, SEEK_SET) != 0)
		fail("can't read", path);
	*len = (size_t)size;
	data = malloc(*len + 1);
	if (!data || fread(data, 1, *len, file) != *len)
		fail("can't read", path);
	fclose(file);
	return data;
}

static void replay_file(const char *directory, const char *name)
{
	char path[4096];
	uint8_t *data;
	size_t len;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		fail("too long a path", name);
	data = read_file(path, &len);
	run_damaged(data, len);
	free(data);
}

int main(int argc, char **argv)
{
	const struct dirent *entry;
	unsigned files = 0;
	DIR *directory;

	if (argc != 2)
		fail("usage: replay", "DIRECTORY");
	directory = opendir(argv[1]);
	if (!directory)
		fail("no seeds in", argv[1]);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		replay_file(argv[1], entry->d_name);
		files++;
	}
	closedir(directory);
	if (files == 0)
		fail("no seeds in", argv[1]);
	printf("%u seeds\n", files);
	return 0;
}

/* The samples of a JPEG as libjpeg-turbo has them before colour is enlarged and converted.
 *
 * TurboJPEG's own calls know a few samplings only; libjpeg's raw data output knows them all. */
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

enum { COMPONENTS = 4, BLOCK = 8, TALLEST = 4 };

struct yardstick_plane {
    unsigned char *samples; /* from malloc; to be given back with yardstick_free */
    size_t width, height, stride;
};

struct yardstick_raw {
    struct yardstick_plane planes[COMPONENTS];
    int count;
    long warnings;
    char message[JMSG_LENGTH_MAX];
};

struct failing {
    struct jpeg_error_mgr base;
    jmp_buf back;
    char *message;
};

static void fail(j_common_ptr codec) {
    struct failing *error = (struct failing *)codec->err;
    error->base.format_message(codec, error->message);
    longjmp(error->back, 1);
}

/* Counts warnings, as libjpeg does, and keeps the words of the first. */
static void note(j_common_ptr codec, int level) {
    struct failing *error = (struct failing *)codec->err;
    if (level < 0 && error->base.num_warnings++ == 0) error->base.format_message(codec, error->message);
}

void yardstick_free(struct yardstick_raw *raw) {
    for (int i = 0; i < COMPONENTS; i++) free(raw->planes[i].samples);
}

static size_t up(size_t number, size_t unit) { return (number + unit - 1) / unit * unit; }

/* Room for whole MCUs: libjpeg writes those at the edges too. */
static int make_room(struct jpeg_decompress_struct *codec, struct yardstick_raw *raw) {
    for (int i = 0; i < codec->num_components; i++) {
        jpeg_component_info *component = &codec->comp_info[i];
        struct yardstick_plane *plane = &raw->planes[i];
        plane->width = component->downsampled_width;
        plane->height = component->downsampled_height;
        plane->stride = up(component->width_in_blocks, (size_t)component->h_samp_factor) * BLOCK;
        size_t rows = up(component->height_in_blocks, (size_t)component->v_samp_factor) * BLOCK;
        plane->samples = malloc(plane->stride * rows);
        if (!plane->samples) return 0;
    }
    return 1;
}

/* Decodes at full size with the accurate integer transform. Returns 0, or -1 and a message. */
int yardstick_read(const unsigned char *bytes, size_t length, struct yardstick_raw *raw) {
    struct jpeg_decompress_struct codec;
    struct failing error;
    memset(raw, 0, sizeof *raw);
    codec.err = jpeg_std_error(&error.base);
    error.base.error_exit = fail;
    error.base.emit_message = note;
    error.message = raw->message;
    if (setjmp(error.back)) {
        jpeg_destroy_decompress(&codec);
        return -1;
    }
    jpeg_create_decompress(&codec);
    jpeg_mem_src(&codec, bytes, length);
    jpeg_read_header(&codec, TRUE);
    codec.raw_data_out = TRUE;
    codec.dct_method = JDCT_ISLOW;
    codec.do_block_smoothing = FALSE;
    jpeg_start_decompress(&codec);
    raw->count = codec.num_components;
    if (raw->count > COMPONENTS || !make_room(&codec, raw)) {
        snprintf(raw->message, sizeof raw->message, "no room for %d planes", raw->count);
        jpeg_destroy_decompress(&codec);
        return -1;
    }
    for (size_t step = 0; codec.output_scanline < codec.output_height; step++) {
        JSAMPROW rows[COMPONENTS][TALLEST * BLOCK];
        JSAMPARRAY planes[COMPONENTS];
        for (int i = 0; i < raw->count; i++) {
            size_t tall = (size_t)codec.comp_info[i].v_samp_factor * BLOCK;
            for (size_t y = 0; y < tall; y++)
                rows[i][y] = raw->planes[i].samples + (step * tall + y) * raw->planes[i].stride;
            planes[i] = rows[i];
        }
        jpeg_read_raw_data(&codec, planes, (JDIMENSION)(codec.max_v_samp_factor * BLOCK));
    }
    jpeg_finish_decompress(&codec);
    raw->warnings = error.base.num_warnings;
    jpeg_destroy_decompress(&codec);
    return 0;
}

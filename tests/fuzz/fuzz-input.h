/* SPDX-License-Identifier: Apache-2.0
 *
 * The input of a fuzz target read as a script: bytes, numbers and pieces. At its end everything reads as
 * nothing, so that each prefix of an input is an input.
 */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const guint8 *data;
  gsize length_bytes;
} FuzzInput;

static inline gboolean
fuzz_input_at_end (const FuzzInput *input)
{
  return input->length_bytes == 0;
}

static inline guint8
fuzz_input_byte (FuzzInput *input)
{
  if (fuzz_input_at_end (input))
    return 0;
  input->length_bytes--;
  return *input->data++;
}

/* A piece whose length stands before it in two bytes, cut at the end of the input. It is copied to the heap
 * with `zero_bytes` zeros behind it and no more, so that the address sanitizer sees each step too far. */
static inline guint8 *
fuzz_input_piece (FuzzInput *input, gsize max_bytes, gsize zero_bytes, gsize *length_bytes)
{
  gsize high = fuzz_input_byte (input);
  gsize asked = high << 8 | fuzz_input_byte (input);
  gsize length = MIN (MIN (asked, max_bytes), input->length_bytes);
  guint8 *piece = malloc (length + zero_bytes); /* unlike g_malloc() not null for nothing */

  if (length > 0)
    memcpy (piece, input->data, length);
  memset (piece + length, 0, zero_bytes);
  if (length > 0) /* an empty input is a null pointer */
    input->data += length;
  input->length_bytes -= length;
  *length_bytes = length;
  return piece;
}

/* A critical warning of GLib is a finding too, with its input kept: SIGABRT is what libFuzzer catches. */
static inline GLogWriterOutput
fuzz_write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  GLogWriterOutput output = g_log_writer_standard_streams (level, fields, n_fields, NULL);

  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR))
    abort ();
  return output;
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
int LLVMFuzzerInitialize (int *argc, char ***argv);

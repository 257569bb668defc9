// SPDX-License-Identifier: Apache-2.0
//
// The template tag of all components: htm bound to Preact.
import htm from 'htm';
import { h } from 'preact';

export const html = htm.bind(h);

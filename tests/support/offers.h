/* SPDX-License-Identifier: Apache-2.0
 *
 * Session descriptions for tests that speak WHIP and WHEP but send no media: the smallest offers that a real
 * client could make.
 */
#pragma once

#define CR_TEST_UFRAG    "EsAw"
#define CR_TEST_PASSWORD "P2uYro0UCOQ4zxjKXaWCBui1"

#define CR_TEST_SESSION                                                                                      \
  "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=ice-options:trickle\r\n"         \
  "a=fingerprint:sha-256 "                                                                                   \
  "DA:7B:57:DC:28:CE:04:4F:31:79:85:C4:31:67:EB:27:58:29:ED:77:2A:0D:24:AE:ED:AD:30:BC:"                     \
  "BD:F1:9C:02\r\n"
#define CR_TEST_TRANSPORT                                                                                    \
  "c=IN IP4 0.0.0.0\r\na=ice-ufrag:" CR_TEST_UFRAG "\r\na=ice-pwd:" CR_TEST_PASSWORD                         \
  "\r\na=setup:actpass\r\na=rtcp-mux\r\n"
#define CR_TEST_AUDIO(direction)                                                                             \
  "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" CR_TEST_TRANSPORT "a=mid:0\r\na=" direction                          \
  "\r\na=rtpmap:111 opus/48000/2\r\n"
#define CR_TEST_VIDEO(direction, codec)                                                                      \
  "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" CR_TEST_TRANSPORT "a=mid:1\r\na=" direction "\r\na=rtpmap:96 " codec  \
  "/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"

#define CR_TEST_WHIP_OFFER CR_TEST_SESSION CR_TEST_AUDIO ("sendonly") CR_TEST_VIDEO ("sendonly", "VP8")
#define CR_TEST_WHEP_OFFER CR_TEST_SESSION CR_TEST_AUDIO ("recvonly") CR_TEST_VIDEO ("recvonly", "VP8")

#define CR_TEST_FRAGMENT(ufrag, password)                                                                    \
  "a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:" ufrag                   \
  "\r\na=ice-pwd:" password "\r\na=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n"   \
  "a=end-of-candidates\r\n"
#define CR_TEST_TRICKLE CR_TEST_FRAGMENT (CR_TEST_UFRAG, CR_TEST_PASSWORD)
#define CR_TEST_RESTART CR_TEST_FRAGMENT ("ysXw", "vw5LmwG4y/e6dPP/zAP9Gp5k")

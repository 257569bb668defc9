// SPDX-License-Identifier: Apache-2.0

// A plain selective forwarding unit on Pion, for ./bench: one publisher by WHIP, viewers by WHEP, each packet written to
// the local track that all viewers share, as Pion's own examples do.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"
)

// sfu is one lesson: what the publisher sends, and how to ask it for a keyframe.
type sfu struct {
	api       *webrtc.API
	mutex     sync.Mutex
	tracks    []*webrtc.TrackLocalStaticRTP
	publisher *webrtc.PeerConnection
	video     webrtc.SSRC
	asked     time.Time
}

var codecs = map[webrtc.RTPCodecType]webrtc.RTPCodecParameters{
	webrtc.RTPCodecTypeVideo: {
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeH264, ClockRate: 90000,
			SDPFmtpLine:  "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
			RTCPFeedback: []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}},
		},
		PayloadType: 102,
	},
	webrtc.RTPCodecTypeAudio: {
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
		},
		PayloadType: 111,
	},
}

// newAPI takes Pion's default interceptors: NACK, reports.
func newAPI() (*webrtc.API, error) {
	media := &webrtc.MediaEngine{}
	for kind, codec := range codecs {
		if err := media.RegisterCodec(codec, kind); err != nil {
			return nil, err
		}
	}
	interceptors := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(media, interceptors); err != nil {
		return nil, err
	}
	settings := webrtc.SettingEngine{}
	settings.SetLite(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	return webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(interceptors),
		webrtc.WithSettingEngine(settings)), nil
}

// answer completes the exchange: no trickle.
func answer(peer *webrtc.PeerConnection, offer string) (string, error) {
	if err := peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	description, err := peer.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(peer)
	if err := peer.SetLocalDescription(description); err != nil {
		return "", err
	}
	<-gathered
	return peer.LocalDescription().SDP, nil
}

// forward copies the publisher's packets to the track of all viewers.
func (s *sfu) forward(remote *webrtc.TrackRemote, local *webrtc.TrackLocalStaticRTP) {
	buffer := make([]byte, 1500)
	for {
		n, _, err := remote.Read(buffer)
		if err != nil {
			return
		}
		if _, err := local.Write(buffer[:n]); err != nil && err != io.ErrClosedPipe {
			return
		}
	}
}

func (s *sfu) publish(offer string) (string, error) {
	peer, err := s.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.publisher = peer
	locals := map[webrtc.RTPCodecType]*webrtc.TrackLocalStaticRTP{}
	for kind, codec := range codecs {
		track, err := webrtc.NewTrackLocalStaticRTP(codec.RTPCodecCapability, kind.String(), "teacher")
		if err != nil {
			return "", err
		}
		locals[kind] = track
		s.tracks = append(s.tracks, track)
	}
	peer.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		if remote.Kind() == webrtc.RTPCodecTypeVideo {
			s.mutex.Lock()
			s.video = remote.SSRC()
			s.mutex.Unlock()
		}
		s.forward(remote, locals[remote.Kind()])
	})
	return answer(peer, offer)
}

// askForKeyframe passes a viewer's PLI on, at most twice a second as this relay does.
func (s *sfu) askForKeyframe() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.publisher == nil || s.video == 0 || time.Since(s.asked) < 500*time.Millisecond {
		return
	}
	s.asked = time.Now()
	_ = s.publisher.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(s.video)}})
}

func (s *sfu) readReports(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			if _, isPli := packet.(*rtcp.PictureLossIndication); isPli {
				s.askForKeyframe()
			}
		}
	}
}

func (s *sfu) view(offer string) (string, error) {
	peer, err := s.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	s.mutex.Lock()
	tracks := s.tracks
	s.mutex.Unlock()
	for _, track := range tracks {
		sender, err := peer.AddTrack(track)
		if err != nil {
			return "", err
		}
		go s.readReports(sender)
	}
	return answer(peer, offer)
}

func handle(exchange func(string) (string, error)) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		offer, err := io.ReadAll(request.Body)
		if err == nil {
			var sdp string
			if sdp, err = exchange(string(offer)); err == nil {
				response.Header().Set("Content-Type", "application/sdp")
				response.Header().Set("Location", "/session")
				response.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(response, sdp)
				return
			}
		}
		http.Error(response, err.Error(), http.StatusInternalServerError)
	}
}

func main() {
	api, err := newAPI()
	if err != nil {
		log.Fatal(err)
	}
	s := &sfu{api: api}
	http.HandleFunc("/whip", handle(s.publish))
	http.HandleFunc("/whep", handle(s.view))
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}

"""The edge: Kamailio and rtpengine in front of the nodes that take calls."""

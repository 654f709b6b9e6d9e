"""样例设备补贴: a made-up document in one folder, to show that nothing else must know of it."""

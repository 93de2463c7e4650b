password=$(sed 's/["\\]/\\&/g' /etc/redis-secrets/password)
exec redis-server - <<END
$(cat /etc/redis/redis.conf)
requirepass "$password"
END

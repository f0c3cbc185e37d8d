"""The configuration files of broker and cloud."""
import getpass

ROLES = ('monitor', 'cashier', 'admin')


def broker_config(run, port):
    return f'''persistence true
persistence_location {run}/broker/
autosave_on_changes true
autosave_interval 1000
persistent_client_expiration 14d
max_queued_messages 10000
set_tcp_nodelay true
log_dest stderr
user {getpass.getuser()}
listener {port} 127.0.0.1
cafile {run}/cloud/pki/ca.crt
certfile {run}/cloud/pki/broker.crt
keyfile {run}/cloud/pki/broker.key
require_certificate true
use_identity_as_username true
acl_file {run}/broker/acl
'''


# An edge may write only its own topics and read only what is for it; the name is its certificate's.
BROKER_ACL = '''pattern write up/+/%u/#
pattern read down/%u/#

user cloud
topic readwrite up/#
topic readwrite down/#
'''


def cloud_config(http_port, broker_port):
    tokens = ''.join(f'\n[[token]]\nname = "{role}"\nrole = "{role}"\nfile = "../tokens/{role}"\n' for role in ROLES)
    return f'''[site]
name = "Wattle on one machine"

[store]
path = "cloud.sqlite"

[http]
port = {http_port}

[pki]
folder = "pki"

[mqtt]
port = {broker_port}
{tokens}'''


def write_if_other(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    path.chmod(mode)

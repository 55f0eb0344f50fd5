// Ask Tidegate's gate, or report how a deployment went, from a pipeline that loads this library:
//
//   tidegateGate url: 'https://tidegate.example.com', credentialsId: 'tidegate',
//       service: 'refunds', environment: 'production', wait: '2h'
//   tidegateGate url: …, credentialsId: 'tidegate', command: 'started'
//
// command is gate, started, succeeded, failed, rolled_back or verify. credentialsId names a secret
// text: a token with the scope gate. Others, all optional: revision, artifact, change, template.
// The step fails for anything but allow. It needs the plugin Credentials Binding, and python3.

def call(Map given = [:]) {
    def missing = ['url', 'credentialsId'].findAll { !given[it] }
    if (missing) {
        error("tidegateGate: give ${missing.join(' and ')}.")
    }
    def variables = ["TIDEGATE_CLIENT_SHA256=3570fa823202f06daa1390ca7f2086139d8ab4e4fdf7b9703478652b9d65ece4",
                     "TIDEGATE_COMMAND=${given.command ?: 'gate'}",
                     'TIDEGATE_PERMIT_FILE=.tidegate-permit']
    for (name in ['url', 'service', 'environment', 'revision', 'artifact', 'change', 'template', 'wait']) {
        if (given[name]) {
            variables << "TIDEGATE_${name.toUpperCase()}=${given[name]}"
        }
    }
    withCredentials([string(credentialsId: given.credentialsId, variable: 'TIDEGATE_TOKEN')]) {
        withEnv(variables.collect { it.toString() }) {
            sh label: 'Tidegate', script: SCRIPT()
        }
    }
}

// A constant: nothing is put into it, so that neither a value nor the token is run as shell.
private static String SCRIPT() {
    '''set -eu
python3 -I -c 'import hashlib, os, sys, urllib.request
path, url = ".tidegate.py", os.environ["TIDEGATE_URL"].rstrip("/") + "/clients/tidegate.py"
if not os.path.exists(path):
    with urllib.request.urlopen(url, timeout=30) as found, open(path, "wb") as file:
        file.write(found.read(1_000_000))
with open(path, "rb") as file:
    same = hashlib.sha256(file.read()).hexdigest() == os.environ["TIDEGATE_CLIENT_SHA256"]
if not same:
    os.unlink(path)
    sys.exit("tidegate.py is not the file that this step was made for.")
'
case "$TIDEGATE_COMMAND" in
    gate | verify) exec python3 -I .tidegate.py "$TIDEGATE_COMMAND" ;;
    *) exec python3 -I .tidegate.py deploy "$TIDEGATE_COMMAND" ;;
esac
'''
}

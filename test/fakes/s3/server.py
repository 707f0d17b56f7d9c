"""moto's S3, in memory, on a free port, which it prints. One request at a time: its conditions are not atomic else."""
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class Silent(WSGIRequestHandler):
    def log(self, *arguments):
        pass


application = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=Silent)
print(server.server_port, flush=True)
server.serve_forever()

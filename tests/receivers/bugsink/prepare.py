"""Makes the project that the program reports to, and prints what is needed to talk to it, as JSON.

Run by `bugsink-manage shell`: the argument comes in the environment.
"""
import json
import os

from alerts.models import MessagingServiceConfig
from bsmain.models import AuthToken
from projects.models import Project
from teams.models import Team

team = Team.objects.create(name="shop")
project = Project.objects.create(
    name="shop",
    team=team,
    alert_on_new_issue=True,
    alert_on_regression=True,
    alert_on_unmute=True,
)
MessagingServiceConfig.objects.create(
    project=project,
    display_name="the test",
    kind="custom",
    config=json.dumps({"webhook_url": os.environ["RECEIVER_WEBHOOK"]}),
)
token = AuthToken.create_full_access()
print(json.dumps({"project": project.id, "dsn": project.dsn, "token": token.token}))

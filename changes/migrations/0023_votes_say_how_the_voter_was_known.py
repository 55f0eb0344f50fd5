"""Votes say how the voter was known."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('changes', '0022_people_stages_and_shares'),
    ]

    operations = [
        migrations.AddField(
            model_name='vote',
            name='authenticated_by',
            field=models.CharField(blank=True, choices=[('session', 'signed in'), ('token', 'by an API token'), ('password', 'gave the password again'), ('second_factor', 'gave password and code again')], db_default='', default='', help_text='How the voter had shown who they are; empty for votes of before.', max_length=13),
        ),
    ]

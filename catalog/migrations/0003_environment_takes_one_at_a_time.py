"""Let an environment say what happens one at a time, and how many changes run in it at once."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_make_role_groups'),
    ]

    operations = [
        migrations.AddField(
            model_name='environment',
            name='max_running',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Changes implemented at once; empty means no limit.', null=True),
        ),
        migrations.AddField(
            model_name='environment',
            name='one_at_a_time',
            field=models.CharField(choices=[('service', 'One change of a service at a time'), ('environment', 'One change at a time, whatever its service'), ('nothing', 'Changes may overlap; they are only warned')], db_default='service', default='service', max_length=11),
        ),
        migrations.AddConstraint(
            model_name='environment',
            constraint=models.CheckConstraint(condition=models.Q(('one_at_a_time__in', ['service', 'environment', 'nothing'])), name='environment_says_what_happens_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='environment',
            constraint=models.CheckConstraint(condition=models.Q(('max_running__gte', 1)), name='environment_lets_at_least_one_run'),
        ),
    ]

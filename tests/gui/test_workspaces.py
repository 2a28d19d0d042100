"""Workspaces: where panels stand in each, what is remembered, drawers, and recent files."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QSettings, Qt

from nnfs_core.errors import UserError
from visualizer.view.frame_view import FrameView
from visualizer.view.workspaces import WATCH, WORKSPACES, Workspace
from visualizer.window.recent_files import MOST, RecentFiles

ALT_CONTROL = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def in_sight(view: FrameView) -> set[str]:
    return {key for key, dock in view.docks.items() if dock.in_sight}


def on_top(workspace: Workspace, view: FrameView) -> set[str]:
    rows = [row for column in workspace.places(view.height()).values() for row in column]
    return {row.keys[0] for row in rows} - set(workspace.drawers)


@pytest.fixture
def watching(make_window):
    """The window as someone sees it who opens it for the first time."""
    return make_window(workspace="")


def test_the_first_start_is_watch_with_network_pad_and_loss(watching):
    assert watching.workspaces.current is WATCH
    assert in_sight(watching.view) == {"network", "draw", "loss"}
    docks = watching.view.docks
    assert docks["network"].width() > 0.55 * watching.width()
    assert docks["draw"].geometry().bottom() < docks["loss"].geometry().top()
    assert [b.isChecked() for b in watching.workspace_bar.buttons.values()] == [True, False, False]


@pytest.mark.parametrize("name", WORKSPACES)
def test_a_key_shows_each_with_its_panels_in_sight(window, qtbot, name):
    window.workspaces.show("watch" if name != "watch" else "diagnose")
    key = window.commands.named[f"workspace {name}"].shortcut()
    qtbot.keySequence(window, key)
    view = window.view
    view.arrangement.arrange()  # offscreen the window begins lower than it is now
    qtbot.waitUntil(lambda: in_sight(view) == on_top(WORKSPACES[name], view))
    assert window.workspace_bar.buttons[name].isChecked()
    assert window.commands.named[f"workspace {name}"].isChecked()


def test_a_click_on_the_shown_one_leaves_it_underlined(window, qtbot):
    button = window.workspace_bar.buttons["explain"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.isChecked()
    assert window.workspaces.current.name == "explain"


def test_what_was_changed_in_one_is_remembered_and_can_be_put_back(make_window, settings, qtbot):
    first = make_window()
    first.view.docks["loss"].close()
    first.workspaces.show("diagnose")
    assert first.view.docks["loss"].in_sight
    first.workspaces.show("explain")
    assert not first.view.docks["loss"].isVisible()
    first.workspaces.show("watch")
    first.close()
    kept = QSettings(settings.fileName(), QSettings.Format.IniFormat)
    second = make_window(kept=kept)
    assert second.workspaces.current is WATCH
    second.workspaces.show("explain")
    assert not second.view.docks["loss"].isVisible()
    qtbot.keyClick(second, "R", ALT_CONTROL)
    assert second.view.docks["loss"].isVisible()


def test_one_of_ones_own_is_kept_and_deleted(make_window, settings):
    first = make_window()
    first.view.docks["samples"].close()
    first.workspaces.save_as("Lesson 1")
    assert list(first.workspace_bar.buttons)[-1] == "own:Lesson 1"
    first.close()
    second = make_window(kept=QSettings(settings.fileName(), QSettings.Format.IniFormat))
    keeper = second.workspaces
    assert keeper.current.title == "Lesson 1" and keeper.is_own
    assert not second.view.docks["samples"].isVisible()
    keeper.delete()
    assert keeper.current.name == "explain" and not keeper.is_own
    assert list(second.workspace_bar.buttons) == list(WORKSPACES)
    keeper.delete()  # the ones that are always there stay
    assert keeper.current.name == "explain"


@pytest.mark.parametrize("title", ["", "   ", "watch", "x" * 25, "\n"])
def test_a_name_that_cannot_be_is_refused(window, title):
    with pytest.raises(UserError, match="not a name for a workspace"):
        window.workspaces.save_as(title)
    assert list(window.workspace_bar.buttons) == list(WORKSPACES)


@pytest.mark.parametrize("kept", ["[]", "7", '{"a": "nowhere"}', "{", '{"a": {}}'])
def test_settings_of_someone_elses_do_no_harm(make_window, settings, kept):
    settings.setValue("workspaces", kept)
    settings.setValue("workspace", "own:a")
    window = make_window()
    assert window.workspaces.current is WATCH


def test_drawers_open_beside_the_network_and_close(watching, qtbot):
    view = watching.view
    width = view.docks["network"].width()
    handle = view.handles.handles["experiment"]
    assert handle.isVisible() and not handle.isChecked()
    qtbot.mouseClick(handle, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.docks["experiment"].in_sight)
    assert handle.isChecked()
    qtbot.waitUntil(lambda: abs(view.docks["experiment"].width() - WATCH.widths["left"]) < 12)
    assert view.docks["network"].geometry().left() > view.docks["experiment"].geometry().right()
    qtbot.mouseClick(handle, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.docks["network"].width() == width)
    assert not handle.isChecked()
    watching.workspaces.show("explain")
    assert not view.handles.isVisible()


def test_a_panel_without_a_place_comes_as_a_tab(watching, qtbot):
    view = watching.view
    watching.view.arrangement.bring_forward("inspector")
    qtbot.waitUntil(lambda: view.docks["inspector"].in_sight)
    assert view.docks["loss"] in view.host.tabifiedDockWidgets(view.docks["inspector"])


def test_enter_starts_a_run_and_gives_the_keys_back(window, qtbot):
    field = window.view.form.fields["layers"]
    field.setFocus()
    with qtbot.waitSignal(window.viewer.run_started):
        qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not field.hasFocus()
    with qtbot.waitSignal(window.viewer.training_changed):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert window.viewer.training


def test_escape_leaves_one_thing_at_a_time(window, qtbot):
    from nnfs_core.explain.stages import Stage
    from nnfs_core.model.places import Place

    view, viewer = window.view, window.viewer
    viewer.show_stage(Stage("forward", 0))
    viewer.select_place(Place("unit", 0, 3))
    view.arrangement.toggle_maximised("network")
    view.messages.show_note("something")

    def left() -> list[bool]:
        shown = viewer.context
        return [
            not view.messages.isVisible(),
            shown.selection is None,
            not view.arrangement.is_maximised,
            shown.stage is None,
        ]

    for count in range(1, 5):
        qtbot.keyClick(window, Qt.Key.Key_Escape)
        assert left() == [True] * count + [False] * (4 - count)


class TestRecentFiles:
    def test_the_newest_first_and_none_twice(self, settings, tmp_path):
        recent = RecentFiles(settings)
        paths = [tmp_path / f"{number}.csv" for number in range(MOST + 3)]
        for path in (*paths, paths[5]):
            path.write_text("a,b\n")
            recent.add(path)
        expected = [paths[5], *(path for path in reversed(paths) if path != paths[5])]
        assert recent.there() == expected[:MOST]
        paths[5].unlink()
        assert recent.there() == expected[1:MOST]

    @pytest.mark.parametrize("kept", ["{", "7", "[1, null]", '["\\u0000"]'])
    def test_settings_of_someone_elses_do_no_harm(self, settings, kept):
        settings.setValue("recent", kept)
        assert RecentFiles(settings).there() == []

    def test_what_was_opened_is_in_the_menu(self, window, tmp_path, qtbot):
        menu = window.menus.recent
        menu.aboutToShow.emit()
        assert [action.isEnabled() for action in menu.actions()] == [False]
        path = tmp_path / "table.csv"
        path.write_text("a,b,label\n" + "".join(f"{k},{k % 7},{k % 2}\n" for k in range(40)))
        with qtbot.waitSignal(window.viewer.run_started):
            window.files.open_path(path)
        menu.aboutToShow.emit()
        assert menu.actions()[0].text().endswith("table.csv")
        window.view.form.preset.setCurrentIndex(0)
        with qtbot.waitSignal(window.viewer.run_started):
            menu.actions()[0].trigger()
        menu.actions()[-1].trigger()
        menu.aboutToShow.emit()
        assert [action.isEnabled() for action in menu.actions()] == [False]

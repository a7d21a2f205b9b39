// On-screen keys: letters (for pinyin and English) and digits, large enough for any finger.

const ROWS = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

export default {
  template: `
    <div class="kb" data-testid="keyboard">
      <div v-for="(row, i) in rows" :key="i" class="kb-row">
        <button v-for="key in row" :key="key" type="button" @pointerdown.prevent="$emit('key', key)">{{ key.toUpperCase() }}</button>
        <button v-if="i === 3" type="button" class="wide" :aria-label="erase" @pointerdown.prevent="$emit('key', 'erase')"><i class="material-icons">backspace</i></button>
      </div>
      <div class="kb-row">
        <button type="button" class="wide" @pointerdown.prevent="$emit('key', 'clear')">{{ clear }}</button>
        <button type="button" class="space" @pointerdown.prevent="$emit('key', ' ')">&#8203;</button>
        <button type="button" class="wide go" data-testid="key-done" @pointerdown.prevent="$emit('key', 'done')">{{ done }}</button>
      </div>
    </div>`,
  props: { clear: String, done: String, erase: String },
  data: () => ({ rows: ROWS }),
};
